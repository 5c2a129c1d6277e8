import JSON
import Layers
import Tensors

/// What processes that share a gradient tell each other.
///
/// A lane's gradients are sums over its shards in order, so a lane stays with one process. After a
/// round all processes get the rows that the outer products read, then each computes its share of
/// the pieces over all rows, and in the end all get the whole gradient: every sum has one order,
/// whatever the number of processes. The inputs of a prior are passed by every process. Parameters
/// are not sent, because all processes make the same move: it takes less time than their transfer,
/// with two slots of the optimizer.
extension Gradient {
  /// Where the shards of a round have stopped, in a form that processes can tell each other.
  struct Halt: BitwiseCopyable {
    enum Place: UInt8 { case end, encoder, decoder, latents }

    let place: Place
    private let first: Int
    private let count: Int

    static let end = Halt(nil)

    init(_ cut: Workspace.Cut?) {
      switch cut {
      case .stack(let isDecoder, let seam):
        place = isDecoder ? .decoder : .encoder
        (first, count) = (seam.range.lowerBound, seam.range.count)
      case .latents: (place, first, count) = (.latents, 0, 0)
      case nil: (place, first, count) = (.end, 0, 0)
      }
    }

    /// The sums that are to be added up over the shards.
    var sums: Range<Int> { first..<first + count }
    /// Which stack has them; nil if there are none.
    var isDecoder: Bool? { place == .encoder ? false : place == .decoder ? true : nil }
  }

  /// Brings the seam's sums, or the latents, of all shards to all processes. Throws `cancelled` if
  /// one of them was stopped.
  func exchangeSeam(_ call: Work, _ ranks: Ranks) throws(Fault) {
    var reached = halt
    try withUnsafeMutablePointer(to: &reached) { (reached) throws(Fault) in
      // A process without a lane does not know the seam, so the sums of all seams come along.
      var parts = [Ranks.Part(reached, count: 1, owner: 0)]
      for shard in 0..<call.shards {
        let (workspace, owner) = (workspaces[shard], owner(of: shard, call, ranks))
        for stack in [workspace.encoder, workspace.decoder] where stack.stack.sumCount > 0 {
          parts.append(Ranks.Part(stack.sums, count: stack.stack.sumCount, owner: owner))
        }
      }
      try ranks.gather(parts, stop: call.batch.stop)
    }
    halt = reached
    guard halt.place == .latents, let latents else { return }
    var parts: [Ranks.Part] = []
    for shard in 0..<call.shards {
      let owner = owner(of: shard, call, ranks)
      parts += latents.parts(cut.range(of: shard, in: call.batch.rows), owner: owner)
    }
    try ranks.gather(parts)
  }

  /// Brings the rows that outer products read, and the terms of all rows, to all processes; and
  /// after the last round the lanes' other gradients. Throws `cancelled` if one was stopped.
  func exchangeRound(_ call: Work, _ ranks: Ranks) throws(Fault) {
    var parts: [Ranks.Part] = []
    for shard in call.round {
      let place = shard - call.round.lowerBound
      let owner = owner(of: place, call, ranks)
      let rows = cut.range(of: shard, in: call.batch.rows)
      parts.append(
        Ranks.Part(values + 3 * rows.lowerBound, count: 3 * rows.count, owner: owner))
      parts += workspaces[place].productRows(rows.count).map { Ranks.Part($0, owner: owner) }
    }
    if call.isLast {
      for index in 0..<slopes(call) {
        parts.append(Ranks.Part(inputSlopes[index], owner: owner(of: index, call, ranks)))
      }
      for lane in 0..<call.used {
        guard let base = lanes[lane].all.baseAddress else { continue }
        let owner = ranks.owner(of: lane, among: call.used)
        for case .sum(let range) in pieces {
          parts.append(
            Ranks.Part(base + range.lowerBound, count: range.count, owner: owner))
        }
      }
    }
    try ranks.gather(parts, stop: call.batch.stop)
  }

  /// Brings the finished gradient and its squares to all processes. Throws `cancelled` if one was
  /// stopped.
  func exchangePieces(_ call: Work, _ ranks: Ranks) throws(Fault) {
    guard call.isLast, let base = sum.all.baseAddress else { return }
    let parts = pieces.enumerated().map { index, piece in
      let owner = ranks.owner(of: index, among: pieces.count)
      switch piece {
      case .sum(let range):
        return Ranks.Part(base + range.lowerBound, count: range.count, owner: owner)
      case .product(let product):
        let block = sum.blocks[product.parameter]
        return Ranks.Part(block.rows(product.rows).columns(product.columns), owner: owner)
      }
    }
    let squares = (0..<ranks.count).map { rank in
      let own = ranks.share(of: pieces.count, for: rank)
      return Ranks.Part(self.squares + own.lowerBound, count: own.count, owner: rank)
    }
    try ranks.gather(parts + squares, stop: call.batch.stop)
  }

  /// Returns the process that runs a shard, or the lane of the same number.
  private func owner(of shard: Int, _ call: Work, _ ranks: Ranks) -> Int {
    ranks.owner(of: shard % call.used, among: call.used)
  }
}

extension Trainer {
  /// The number of parts of an update that processes may share.
  package var lanes: Int { gradient.lanes.count }
}

extension Workspace {
  /// The rows that outer products read after a pass over a shard of `rows`, without those of the
  /// data, which every process gathers. A process that was stopped may not have begun the shard.
  fileprivate func productRows(_ rows: Int) -> [Block] {
    encoder.productRows(rows, withInput: false)
      + decoder.productRows(rows * samples, withInput: true)
  }
}

extension LatentBatch {
  /// What the shard of these examples has written.
  fileprivate func parts(_ examples: Range<Int>, owner: Int) -> [Ranks.Part] {
    let draws = examples.lowerBound * samples..<examples.upperBound * samples
    var parts = [
      Ranks.Part(parameters.rows(examples), owner: owner), Ranks.Part(z.rows(draws), owner: owner),
    ]
    if objective.comparesWithPrior {
      parts.append(Ranks.Part(prior.rows(draws), owner: owner))
      parts.append(Ranks.Part(gradient.rows(draws), owner: owner))
    }
    let perDraw = objective.keptPerDraw(latent: latent)
    if perDraw > 0 {
      parts.append(
        Ranks.Part(kept(draws.lowerBound), count: draws.count * perDraw, owner: owner))
    }
    return parts
  }
}
