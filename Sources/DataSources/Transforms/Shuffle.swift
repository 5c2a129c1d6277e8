import Declarations
import Files
import JSON
import Tensors

/// The rows in a random order.
package struct Shuffle: Transform {
  package static let type = "shuffle"
  package static let summary = "Puts the rows in an order drawn from the seed."

  package var seed = 0

  package init() {}

  package static let fields: [Field<Shuffle>] = [
    Field("seed", \.seed, "Seed of the order.", .seed)
  ]

  package func apply(
    to rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    try Memory.require(Size(rows.count) * 16, for: "the order of \(rows.count) rows")
    // Update 1: a split of the same seed draws at update 0, and must not depend on this order.
    let order = Random(seed: seed, .splitting).permutation(rows.count, update: 1)
    return try rows.selecting(order.map { Int($0) }, checkpoint)
  }
}

extension Choice<TransformKind> {
  /// The rows in an order drawn from the seed.
  public static func shuffle(seed: Int = 0) -> Self {
    var module = Shuffle()
    module.seed = seed
    return Choice(module) { $0 }
  }
}
