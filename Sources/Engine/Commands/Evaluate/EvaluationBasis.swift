import Declarations
import JSON
import Tensors

/// The rows and samples over which the figures of an evaluation are means; part of every
/// evaluation's reply.
struct EvaluationBasis: Answer {
  let count: Int
  let samples: Int
  let binarization: String
  /// (sum w)^2 / sum w^2, if the rows have weights.
  var effectiveCount: Double?

  var unit: String { "nats" }

  static let members: [Member<EvaluationBasis>] = [
    Member("unit", \.unit, "Unit of the values: always nats."),
    Member("count", \.count, "Number of rows."),
    Member("samples", \.samples, "Samples of z for each row."),
    Member("binarization", \.binarization, "How the rows were binarised."),
    Member(
      "effectiveCount", \.effectiveCount,
      "(sum w)^2 / sum w^2, if the rows have weights w; means over the rows are then weighted."),
  ]

  init(count: Int, samples: Int, binarization: String) {
    (self.count, self.samples, self.binarization) = (count, samples, binarization)
  }

  init(_ found: RowSelection.Found, samples: Int) {
    self.init(
      count: found.rows.count, samples: samples, binarization: found.binarization.phrase)
    effectiveCount = found.examples.weights.map { weights in
      Weighting.effectiveCount(found.rows.lazy.map { Double(weights[Int($0)]) })
    }
  }

  /// Returns the members for a reply, with the reply's own descriptions if given, and with its own
  /// members `between` samples and binarization.
  static func members<Reply: Answer>(
    of path: any KeyPath<Reply, EvaluationBasis> & Sendable, unit: String? = nil,
    count: String? = nil, samples: String? = nil, binarization: String? = nil,
    isOfData: Bool = true, between: [Member<Reply>] = []
  ) -> [Member<Reply>] {
    let own = Member.all(of: path)
    return [own[0].saying(unit), own[1].saying(count), own[2].saying(samples)] + between
      + [own[3].saying(binarization)] + (isOfData ? [own[4]] : [])
  }
}
