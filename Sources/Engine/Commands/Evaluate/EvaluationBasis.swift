import Declarations
import JSON

/// The rows and samples over which the figures of an evaluation are means; part of every
/// evaluation's reply.
struct EvaluationBasis: Answer {
  let count: Int
  let samples: Int
  let binarization: String

  var unit: String { "nats" }

  static let members: [Member<EvaluationBasis>] = [
    Member("unit", \.unit, "Unit of the values: always nats."),
    Member("count", \.count, "Number of rows."),
    Member("samples", \.samples, "Samples of z for each row."),
    Member("binarization", \.binarization, "How the rows were binarised."),
  ]

  init(count: Int, samples: Int, binarization: String) {
    (self.count, self.samples, self.binarization) = (count, samples, binarization)
  }

  init(_ found: RowSelection.Found, samples: Int) {
    self.init(
      count: found.rows.count, samples: samples, binarization: found.binarization.phrase)
  }

  /// Returns the members for a reply, with the reply's own descriptions if given, and with its own
  /// members `between` samples and binarization.
  static func members<Reply: Answer>(
    of path: any KeyPath<Reply, EvaluationBasis> & Sendable, unit: String? = nil,
    count: String? = nil, samples: String? = nil, binarization: String? = nil,
    between: [Member<Reply>] = []
  ) -> [Member<Reply>] {
    let own = Member.all(of: path)
    return [own[0].saying(unit), own[1].saying(count), own[2].saying(samples)] + between
      + [own[3].saying(binarization)]
  }
}
