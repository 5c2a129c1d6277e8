import Declarations
import JSON

/// One stretch, `from` … `to`, both included.
public struct Piece: Described {
  package var from = 1
  package var to: Int?
  package var factor = 1.0

  public init() {}

  package init(from: Int, to: Int? = nil, factor: Double) {
    (self.from, self.to, self.factor) = (from, to, factor)
  }

  public static let fields: [Field<Piece>] = [
    Field("from", \.from, "The first update or epoch.", required: true, .count(from: 1)),
    Field("to", \.to, "The last update or epoch; the last piece has none.", .count(from: 1)),
    Field("factor", \.factor, "Factor on the rate.", required: true, .factor),
  ]
}

/// Stretches that cover every update or epoch exactly once.
public struct Pieces: JSONForm {
  /// The pieces in the order of their beginnings.
  public let list: [Piece]

  /// Takes a list, which is checked where the pieces are used.
  public init(_ list: [Piece]) { self.list = list }

  public static var schema: Schema { [Piece].schema }

  public var json: JSON { list.json }

  /// Throws `params` for gaps, for overlaps, and if the last piece has an end.
  public init(json: JSON) throws(Fault) {
    list = try [Piece](json: json)
    guard !list.isEmpty else {
      throw Fault(
        .params, "expected at least one piece, got none", expected: "at least one piece",
        got: "[]")
    }
    var next = 1
    for (index, piece) in list.enumerated() {
      guard piece.from == next else {
        let what =
          piece.from > next
          ? "\(next) to \(piece.from - 1) are in no piece" : "\(piece.from) is in two pieces"
        throw Fault(
          .params, "the pieces have \(piece.from > next ? "a gap" : "an overlap"): \(what)",
          path: "[\(index)].from", expected: "\(next)", got: "\(piece.from)",
          hint: "a piece begins one after the end of the piece before it, the first at 1")
      }
      let isLast = index == list.count - 1
      guard let end = piece.to, !isLast else {
        if piece.to == nil, isLast { return }
        throw Fault(
          .params,
          isLast
            ? "the pieces have a gap: nothing comes after the last one's end"
            : "the pieces have an overlap: another piece follows one without an end",
          path: "[\(index)].to", expected: isLast ? "nothing" : "a number from \(piece.from)",
          got: piece.to.map { "\($0)" } ?? "nothing",
          hint: isLast ? "leave \"to\" out: the last piece has no end" : nil)
      }
      guard end >= piece.from, end < .max else {
        throw Fault(
          .params, "a piece ends before it begins", path: "[\(index)].to",
          expected: "a number from \(piece.from)", got: "\(end)")
      }
      next = end + 1
    }
  }
}
