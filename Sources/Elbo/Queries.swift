extension VAE {
  /// The approximate posterior of each row.
  public struct Encoding: Sendable {
    /// E[z | x], shape [rows, latent].
    public let mean: Tensor
    /// The deviations of z, in the same shape.
    public let deviation: Tensor
  }

  /// Returns the mean and the deviation of q(z | x) for each row. Throws `shape` and `support` if
  /// the rows do not fit the model, and `io` if they cannot be read.
  public func encode(_ data: DataSet, split: String? = nil) throws(Fault) -> Encoding {
    try query(data, split) { (core, rows) throws(Fault) in
      let (mean, deviation, _) = try core.model.encode(
        data, rows: rows, samples: 0, seed: 0, team: core.team)
      return Encoding(mean: mean, deviation: deviation)
    }
  }

  /// Returns the mean of p(x | z) for each row of `latents`, shape [rows, latent]; a model with a
  /// condition needs a label for each. Throws `shape`, and what the condition throws.
  public func decode(_ latents: Tensor, labels: [Int]? = nil) throws(Fault) -> Tensor {
    guard latents.shape.extents.last == latent, latents.shape.extents.count == 2 else {
      throw Fault(
        .shape, "expected latents of shape [rows, \(latent)], got \(latents.shape)",
        path: "latents", expected: "[rows, \(latent)]", got: "\(latents.shape)")
    }
    return try core.withLock { (core) throws(Fault) in
      let given = try core.model.given(labels, count: latents.shape.extents[0])
      return try core.model.decode(latents, given: given, team: core.team)
    }
  }

  /// Returns the mean of p(x | z) for each row, at the mean of q(z | x).
  public func reconstruct(_ data: DataSet, split: String? = nil) throws(Fault) -> Tensor {
    try query(data, split) { (core, rows) throws(Fault) in
      try core.model.reconstruct(
        data, rows: rows, seed: 0, usesMean: true, team: core.team
      ).output
    }
  }

  /// Draws `count` latents from the prior, and returns the mean of p(x | z) for each: shape [count,
  /// …].
  ///
  /// `temperature` multiplies the noise of the latents. In a model with a condition, `labels` has
  /// one for each. Throws `memory`, and what the condition throws.
  public func sample(
    _ count: Int, seed: Int = 0, temperature: Float = 1, labels: [Int]? = nil
  ) throws(Fault) -> Tensor {
    try require(count, in: 1...1_000_000, at: "count")
    return try core.withLock { (core) throws(Fault) in
      let given = try core.model.given(labels, count: count)
      let latents = try core.model.latents(count, seed: seed, temperature: temperature)
      return try core.model.decode(latents, given: given, team: core.team)
    }
  }

  /// Returns the evidence lower bound of each row: elbo = reconstruction - divergence, in nats.
  ///
  /// The reconstruction E_q log p(x | z) is the mean over `samples` draws of z; the divergence
  /// KL(q(z | x) || p(z)) is analytic if it is known. Throws `shape` and `support`.
  public func bound(
    of data: DataSet, split: String? = nil, samples: Int = 1, seed: Int = 0
  ) throws(Fault) -> Evaluation.Bound {
    try evaluate(data, split, samples, seed) { (evaluation, rows, team) throws(Fault) in
      try evaluation.bound(of: data, rows: rows, team: team)
    }
  }

  /// Returns the importance-weighted estimate of log p(x) of each row, in nats: log mean_k p(x,
  /// z_k) / q(z_k | x), a lower bound in expectation (Burda et al., arXiv 1509.00519).
  ///
  /// `Importance.reliability` says whether it can be trusted. Throws `shape` and `support`.
  public func logLikelihood(
    of data: DataSet, split: String? = nil, samples: Int = 100, seed: Int = 0
  ) throws(Fault) -> Evaluation.Importance {
    try evaluate(data, split, samples, seed) { (evaluation, rows, team) throws(Fault) in
      try evaluation.logLikelihood(of: data, rows: rows, team: team)
    }
  }

  private func evaluate<T: Sendable>(
    _ data: DataSet, _ split: String?, _ samples: Int, _ seed: Int,
    _ body: (Evaluation, [UInt32], Team) throws(Fault) -> T
  ) throws(Fault) -> T {
    try require(samples, in: 1...1_000_000, at: "samples")
    return try query(data, split) { (core, rows) throws(Fault) in
      try body(Evaluation(core.model, samples: samples, seed: seed), rows, core.team)
    }
  }

  /// Runs `body` on the rows of a split, after checking that they fit the model. Throws `io` if the
  /// rows could not be read while it ran.
  private func query<T: Sendable>(
    _ data: DataSet, _ split: String?, _ body: (Core, [UInt32]) throws(Fault) -> T
  ) throws(Fault) -> T {
    let rows = try data.rows(of: split)
    return try core.withLock { (core) throws(Fault) in
      try core.model.check(data, rows, at: "data")
      let answer = try body(core, rows)
      if let fault = data.takeFault() { throw fault }
      return answer
    }
  }
}

extension Model {
  /// Returns the conditioning labels of latents without examples. Throws `params` if labels are
  /// missing or not allowed, and `support` if one is not a class of the model.
  func given(_ labels: [Int]?, count: Int) throws(Fault) -> Labels? {
    guard let condition else {
      guard labels != nil else { return nil }
      throw Fault(
        .params, "the model has no condition and takes no labels", path: "labels",
        expected: "no labels", hint: "build the model with condition: .label")
    }
    guard let labels, labels.count == count else {
      throw Fault(
        .params, "expected a label for each of \(count) rows, got \(labels?.count ?? 0)",
        path: "labels", expected: "\(count) labels", got: "\(labels?.count ?? 0)")
    }
    let given = Labels(labels)
    try condition.check(given, (0..<UInt32(count)).map { $0 }, at: "labels")
    return given
  }
}

/// Throws `params` for a number out of bounds.
func require(_ value: Int, in bounds: ClosedRange<Int>, at member: String) throws(Fault) {
  guard bounds.contains(value) else {
    throw .misfit(
      expected: "an integer from \(bounds.lowerBound) to \(bounds.upperBound)", got: .int(value),
      at: member)
  }
}
