import Declarations
import JSON
import Tensors

/// The first rows.
public struct Take: Transform {
  public static let type = "take"
  public static let summary = "The first `count` rows."

  public var count = 1000

  public init() {}

  public static let fields: [Field<Take>] = [
    Field("count", \.count, "Rows to take.", required: true, .from(1, to: Int(UInt32.max)))
  ]

  public func apply(
    to rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    guard count <= rows.count else {
      throw .misfit(
        expected: "an integer from 1 to \(rows.count), the rows that there are", got: .int(count),
        at: "count")
    }
    return try rows.selecting(0..<count, checkpoint)
  }
}

extension Choice<TransformKind> {
  /// The first `count` rows.
  public static func take(count: Int) -> Self {
    var module = Take()
    module.count = count
    return Choice(module) { $0 }
  }
}
