import Declarations
import JSON

/// A factor for every stretch of updates, or of epochs. The pieces follow each other without gap or
/// overlap; the last has no end.
public struct PiecewiseRate: ScheduleModule {
  /// The unit in which pieces begin.
  public enum Unit: String, Word { case updates, epochs }

  public var pieces = Pieces([Piece(from: 1, to: 1000, factor: 1), Piece(from: 1001, factor: 0.1)])
  public var unit = Unit.updates

  public init() {}

  public static let type = "piecewise"
  public static let summary = "A factor for each range of updates or epochs."
  public static let fields: [Field<PiecewiseRate>] = [
    Field(
      "pieces", \.pieces,
      "Consecutive ranges that start at 1, the last without an end.", required: true),
    Field("unit", \.unit, "Unit of the ranges, counted from 1."),
  ]

  public func factor(update: Int, updatesPerEpoch: Int) -> Double {
    let place = unit == .updates ? update : (update - 1) / updatesPerEpoch + 1
    for piece in pieces.list {
      guard let end = piece.to, place > end else { return piece.factor }
    }
    return 1
  }
}

extension Choice<ScheduleKind> {
  /// A factor for every stretch of updates or epochs.
  public static func piecewise(pieces: Pieces, unit: PiecewiseRate.Unit = .updates) -> Self {
    var module = PiecewiseRate()
    module.pieces = pieces
    module.unit = unit
    return Choice(module) { $0 }
  }
}
