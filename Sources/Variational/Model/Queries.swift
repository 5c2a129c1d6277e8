import Files
import JSON
import Layers
import Tensors

/// Queries about rows and latents, computed in evaluation mode, whose rows the threads of a team
/// share: by default this thread alone. `checkpoint` is called before each shard of rows, and its
/// fault is passed on. Every row is computed by itself, so that no result depends on the others.
extension Model {
  /// Returns the mean and deviation of q(z | x) for each row, estimated if they are not known in
  /// closed form, and `samples` draws of z, shape (samples, rows, latent).
  package func encode(
    _ data: any Examples, rows: [UInt32], samples: Int, seed: Int, team: Team = Team(threads: 1),
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> (mean: Tensor, deviation: Tensor, latent: Tensor?) {
    let (count, latent) = (rows.count, spec.latent)
    try Memory.require(
      Size(count) * latent * (Size(samples) + 2) * 4
        + Size(closedPosterior != nil ? 0 : team.threads * ShardCut.mostRows) * latent * 24,
      for: "the latents of \(count) rows", hint: "ask for fewer rows or samples at a time")
    var (mean, deviation) = (Tensor(zeros: [count, latent]), Tensor(zeros: [count, latent]))
    var draws = [Float](repeating: 0, count: samples * count * latent)
    try mean.withRows { (mean) throws(Fault) in
      try deviation.withRows { (deviation) throws(Fault) in
        try draws.withUnsafeMutableBufferPointer { (draws) throws(Fault) in
          let base = draws.baseAddress
          try each(data, rows, seed, team, checkpoint) {
            (workspace, rows, shard) throws(Fault) in
            let h = workspace.encode(shard)
            try moments(
              h, workspace, shard, mean: mean.rows(rows), deviation: deviation.rows(rows),
              checkpoint)
            for sample in 0..<samples {
              try checkpoint()
              workspace.drawLatents(shard, samples: 1, firstSample: sample, isAnalytic: true)
              guard let base else { continue }
              Block(base + sample * count * latent, rows: count, columns: latent).rows(rows)
                .copy(workspace.z.first(shard.rows))
            }
          }
        }
      }
    }
    return (mean, deviation, samples > 0 ? Tensor([samples, count, latent], draws) : nil)
  }

  /// Returns the means of p(x | z) for z drawn from q(z | x), or for its mean.
  package func reconstruct(
    _ data: any Examples, rows: [UInt32], seed: Int, usesMean: Bool,
    team: Team = Team(threads: 1), checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> (input: Tensor, output: Tensor) {
    let shape = spec.shape.rows(rows.count)
    try Memory.require(
      Size(shape) * 8 + Size(spec.shape) * 512, for: "the reconstructions of \(rows.count) rows",
      hint: "ask for fewer rows at a time")
    var (input, output) = (Tensor(zeros: shape), Tensor(zeros: shape))
    try input.withRows { (input) throws(Fault) in
      try output.withRows { (output) throws(Fault) in
        try each(data, rows, seed, team, checkpoint) { (workspace, rows, shard) throws(Fault) in
          data.gather(shard.names, into: input.rows(rows), update: shard.update)
          let h = workspace.encode(shard)
          if usesMean {
            try moments(
              h, workspace, shard, mean: workspace.z.first(shard.rows),
              deviation: workspace.noise.first(shard.rows), checkpoint)
          } else {
            workspace.drawLatents(shard, samples: 1, isAnalytic: true)
          }
          store(workspace.decode(shard, samples: 1), in: output.rows(rows))
        }
      }
    }
    return (input, output)
  }

  /// Returns the mean of p(x | z) for each row of latents, or a draw from it with the noise of
  /// `seed`. For a model with a condition, row r of `given` supplies the conditioning values of row
  /// r of the latents.
  package func decode(
    _ latent: Tensor, given: (any Examples)? = nil, drawing seed: Int? = nil,
    team: Team = Team(threads: 1), checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Tensor {
    let rows = latent.rows
    try Memory.require(
      Size(spec.shape) * 4 * (Size(rows) + 128) + Size(rows) * 4, for: "\(rows) decoded latents",
      hint: "ask for fewer at a time")
    var (latent, output) = (latent, Tensor(zeros: spec.shape.rows(rows)))
    try latent.withRows { (latent) throws(Fault) in
      try output.withRows { (output) throws(Fault) in
        let names = (0..<UInt32(rows)).map { $0 }
        try share(names, seed ?? 0, team, checkpoint) { workspace, rows, shard in
          workspace.z.first(shard.rows).copy(latent.rows(rows))
          if let given { workspace.give(shard, given) }
          let decoded = workspace.decode(shard, samples: 1)
          store(decoded, draw: seed.map { ($0, shard.names) }, in: output.rows(rows))
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

  /// The draws of the prior that are made at a time.
  private static let chunk = 128
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

  /// Writes the mean of p(x | z), or a draw from it. A row whose decoder output contains NaN
  /// becomes NaN, because comparisons with NaN could yield a finite mean or draw.
  private func store(
    _ decoded: Block, draw: (seed: Int, names: UnsafePointer<UInt32>)? = nil, in values: Block
  ) {
    if let draw {
      Random(seed: draw.seed, .decoding).uniform(into: values, rows: draw.names)
      likelihood.draw(
        decoded, into: values,
        FurtherNumbers(Random(seed: draw.seed, .furtherDecoding), rows: draw.names))
    } else {
      likelihood.mean(decoded, into: values)
    }
    for row in 0..<decoded.rows where decoded.rows(row..<row + 1).hasNaN {
      values.row(row).update(repeating: .nan, count: values.columns)
    }
  }

  /// Calls `work` for each shard of rows, which its workspace has gathered.
  private func each(
    _ data: any Examples, _ rows: [UInt32], _ seed: Int, _ team: Team,
    _ checkpoint: () throws(Fault) -> Void,
    _ work: (Workspace, Range<Int>, Shard) throws(Fault) -> Void
  ) throws(Fault) {
    try share(rows, of: data, seed, team, checkpoint) { (workspace, range, shard) throws(Fault) in
      var shard = shard
      workspace.gather(&shard, data)
      try work(workspace, range, shard)
    }
  }

  /// Calls `work` for each shard of rows with these names, on a workspace for each thread. `data`
  /// are what `work` reads.
  private func share(
    _ names: [UInt32], of data: (any Examples)? = nil, _ seed: Int, _ team: Team,
    _ checkpoint: () throws(Fault) -> Void,
    _ work: (Workspace, Range<Int>, Shard) throws(Fault) -> Void
  ) throws(Fault) {
    let cut = ShardCut(rows: names.count, draws: 1, fewest: 2)
    try names.withUnsafeBufferPointer { (names) throws(Fault) in
      guard let base = names.baseAddress else { return }
      let read = data.map { ShardCut.Read(base, of: $0) }
      try cut.run(team, reading: read, checkpoint) { () throws(Fault) in
        try Workspace(self, rows: cut.rowsPerShard, samples: 1, isTraining: false)
      } _: { (workspace, range) throws(Fault) in
        try work(
          workspace, range, Shard(names: base + range.lowerBound, rows: range.count, seed: seed))
      }
    }
  }
}

extension Tensor {
  /// Calls `body` with the rows as a block.
  fileprivate mutating func withRows(_ body: (Block) throws(Fault) -> Void) throws(Fault) {
    let (count, width) = (rows, self.width)
    try values.withUnsafeMutableBufferPointer { (values) throws(Fault) in
      if let base = values.baseAddress { try body(Block(base, rows: count, columns: width)) }
    }
  }
}
