import Files
import JSON
import Layers
import Tensors

/// Queries about rows and latents, computed chunk by chunk in evaluation mode. `checkpoint` is
/// called before each chunk, and its fault is passed on.
extension Model {
  private static let chunk = 128

  /// Returns the mean and deviation of q(z | x) for each row, estimated if they are not known in
  /// closed form, and `samples` draws of z, shape (samples, rows, latent).
  package func encode(
    _ data: any Examples, rows: [UInt32], samples: Int, seed: Int,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> (mean: Tensor, deviation: Tensor, latent: Tensor?) {
    let latent = spec.latent
    try Memory.require(
      Size(rows.count) * latent * (Size(samples) + 2) * 4
        + Size(closedPosterior != nil ? 0 : Self.chunk) * latent * 24,
      for: "the latents of \(rows.count) rows",
      hint: "ask for fewer rows or samples at a time")
    var mean = Tensor(zeros: [rows.count, latent])
    var deviation = mean
    var draws = [Float](repeating: 0, count: samples * rows.count * latent)
    let workspace = try Workspace(self, rows: Self.chunk, samples: 1, isTraining: false)
    try each(data, rows, workspace, seed, checkpoint) { (start, shard) throws(Fault) in
      let h = workspace.encode(shard)
      let (m, d) = (workspace.z.first(shard.rows), workspace.noise.first(shard.rows))
      try moments(h, workspace, shard, mean: m, deviation: d, checkpoint)
      Self.copy(m, to: &mean.values, row: start)
      Self.copy(d, to: &deviation.values, row: start)
      for sample in 0..<samples {
        try checkpoint()
        workspace.drawLatents(shard, samples: 1, firstSample: sample, isAnalytic: true)
        Self.copy(workspace.z.first(shard.rows), to: &draws, row: sample * rows.count + start)
      }
    }
    let shape: Shape = [samples, rows.count, latent]
    return (mean, deviation, samples > 0 ? Tensor(shape, draws) : nil)
  }

  /// Returns the means of p(x | z) for z drawn from q(z | x), or for its mean.
  package func reconstruct(
    _ data: any Examples, rows: [UInt32], seed: Int, usesMean: Bool,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> (input: Tensor, output: Tensor) {
    let shape = spec.shape.rows(rows.count)
    try Memory.require(
      Size(shape) * 8 + Size(spec.shape) * 512, for: "the reconstructions of \(rows.count) rows",
      hint: "ask for fewer rows at a time")
    var (input, output) = (Tensor(zeros: shape), Tensor(zeros: shape))
    let workspace = try Workspace(self, rows: Self.chunk, samples: 1, isTraining: false)
    try each(data, rows, workspace, seed, checkpoint) { (start, shard) throws(Fault) in
      Self.gather(shard, of: data, at: start, into: &input)
      let h = workspace.encode(shard)
      if usesMean {
        try moments(
          h, workspace, shard, mean: workspace.z.first(shard.rows),
          deviation: workspace.noise.first(shard.rows), checkpoint)
      } else {
        workspace.drawLatents(shard, samples: 1, isAnalytic: true)
      }
      store(
        workspace.decode(shard, samples: 1), draw: nil, to: &output.values, row: start)
    }
    return (input, output)
  }

  /// Returns the mean of p(x | z) for each row of latents, or a draw from it with the noise of
  /// `seed`. For a model with a condition, row r of `given` supplies the conditioning values of row
  /// r of the latents.
  package func decode(
    _ latent: Tensor, given: (any Examples)? = nil, drawing seed: Int? = nil,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Tensor {
    let rows = latent.rows
    try Memory.require(
      Size(spec.shape) * 4 * (Size(rows) + 128) + Size(rows) * 4, for: "\(rows) decoded latents",
      hint: "ask for fewer at a time")
    var output = Tensor(zeros: spec.shape.rows(rows))
    let workspace = try Workspace(self, rows: Self.chunk, samples: 1, isTraining: false)
    let names = (0..<UInt32(rows)).map { $0 }
    try names.withUnsafeBufferPointer { (names) throws(Fault) in
      try latent.values.withUnsafeBufferPointer { (values) throws(Fault) in
        guard let base = values.baseAddress, let names = names.baseAddress else { return }
        for start in stride(from: 0, to: rows, by: Self.chunk) {
          try checkpoint()
          let shard = Shard(
            names: names + start, rows: min(Self.chunk, rows - start), seed: seed ?? 0)
          workspace.z.first(shard.rows).load(base + start * spec.latent)
          if let given { workspace.give(shard, given) }
          let decoded = workspace.decode(shard, samples: 1)
          store(
            decoded, draw: seed.map { ($0, shard.names) }, to: &output.values, row: start)
        }
      }
    }
    return output
  }

  /// Returns draws of z from the prior, with their noise multiplied by `temperature`.
  package func latents(
    _ count: Int, seed: Int, temperature: Float, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Tensor {
    try Memory.require(
      Size(count) * (Size(spec.latent) * 4 + 4), for: "\(count) latents",
      hint: "ask for fewer at a time")
    var latent = Tensor(zeros: [count, spec.latent])
    let names = (0..<UInt32(count)).map { $0 }
    try latent.values.withUnsafeMutableBufferPointer { (values) throws(Fault) in
      try names.withUnsafeBufferPointer { (names) throws(Fault) in
        guard let base = values.baseAddress, let names = names.baseAddress else { return }
        let block = Block(base, rows: count, columns: spec.latent)
        let buffers = try PriorBuffers(self, draws: Self.chunk, isTraining: false)
        for start in stride(from: 0, to: count, by: Self.chunk) {
          try checkpoint()
          buffers.draw(
            Random(seed: seed, .prior), names + start, temperature: temperature,
            into: block.rows(start..<min(start + Self.chunk, count)))
        }
      }
    }
    return latent
  }

  /// The number of draws from which the moments of a posterior without closed forms are estimated.
  private static let momentDraws = 256

  /// Writes the mean and deviation of q(z | x), into blocks that may be the workspace's own `z` and
  /// `noise`.
  private func moments(
    _ h: Block, _ workspace: Workspace, _ shard: Shard, mean: Block, deviation: Block,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    if let closedPosterior { return closedPosterior.moments(h, mean: mean, deviation: deviation) }
    var shard = shard
    var sums = [Moments](repeating: Moments(), count: shard.rows * spec.latent)
    for sample in 0..<Self.momentDraws {
      try checkpoint()
      // No densities are needed here, and the parameters do not change.
      workspace.drawLatents(shard, samples: 1, firstSample: sample, isAnalytic: true)
      shard.isFresh = false
      for row in 0..<shard.rows {
        for i in 0..<spec.latent {
          sums[row * spec.latent + i].add(Double(workspace.z[row, i]))
        }
      }
    }
    for row in 0..<shard.rows {
      for i in 0..<spec.latent {
        let sum = sums[row * spec.latent + i]
        mean[row, i] = Float(sum.mean)
        deviation[row, i] = Float(sum.variance.squareRoot())
      }
    }
  }

  /// Copies out the mean of p(x | z), or a draw from it. A row whose decoder output contains NaN
  /// becomes NaN, because comparisons with NaN could yield a finite mean or draw.
  private func store(
    _ decoded: Block, draw: (seed: Int, names: UnsafePointer<UInt32>)?, to values: inout [Float],
    row: Int
  ) {
    var memory = [Float](repeating: 0, count: decoded.rows * spec.shape.count)
    memory.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let block = Block(base, rows: decoded.rows, columns: spec.shape.count)
      if let draw {
        Random(seed: draw.seed, .decoding).uniform(into: block, rows: draw.names)
        likelihood.draw(
          decoded, into: block,
          FurtherNumbers(Random(seed: draw.seed, .furtherDecoding), rows: draw.names))
      } else {
        likelihood.mean(decoded, into: block)
      }
      for row in 0..<decoded.rows where decoded.rows(row..<row + 1).hasNaN {
        block.row(row).update(repeating: .nan, count: block.columns)
      }
      Self.copy(block, to: &values, row: row)
    }
  }

  private func each(
    _ data: any Examples, _ rows: [UInt32], _ workspace: Workspace, _ seed: Int,
    _ checkpoint: () throws(Fault) -> Void, _ work: (Int, Shard) throws(Fault) -> Void
  ) throws(Fault) {
    try rows.withUnsafeBufferPointer { (names) throws(Fault) in
      guard let base = names.baseAddress else { return }
      for start in stride(from: 0, to: rows.count, by: Self.chunk) {
        try checkpoint()
        var shard = Shard(
          names: base + start, rows: min(Self.chunk, rows.count - start), seed: seed)
        workspace.gather(&shard, data)
        try work(start, shard)
      }
    }
  }

  /// Writes a shard's rows as they came, from its place on.
  private static func gather(
    _ shard: Shard, of data: any Examples, at start: Int, into input: inout Tensor
  ) {
    let width = input.values.count / max(1, input.rows)
    input.values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      data.gather(
        shard.names, into: Block(base + start * width, rows: shard.rows, columns: width),
        update: shard.update)
    }
  }

  private static func copy(_ block: Block, to values: inout [Float], row: Int) {
    values.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress { block.store(base + row * block.columns) }
    }
  }
}
