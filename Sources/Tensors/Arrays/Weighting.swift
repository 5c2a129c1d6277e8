import Files
import JSON

/// The weights of some rows of data, divided by their mean: row n has the factor w_n N / sum w.
package struct Weighting: Sendable {
  /// The factor of each of the rows, in their order; their mean is 1.
  package let factors: [Double]
  /// The mean of the weights, by which they were divided.
  package let mean: Double

  /// Returns nil if the rows have no weights. Throws `params` if all of theirs are 0, and `memory`.
  package init?(_ rows: [UInt32], of data: any Examples) throws(Fault) {
    guard let weights = data.weights else { return nil }
    try Memory.require(Size(rows.count) * 8, for: "the weights of \(rows.count) rows")
    let own = rows.map { Double(weights[Int($0)]) }
    let sum = own.reduce(0, +)
    guard sum > 0 else {
      throw Fault(
        .params, "the \(rows.count) rows all have the weight 0", path: "data",
        expected: "at least one row with a weight above 0", got: "0",
        hint: "take other rows, or load the data without \"weights\"")
    }
    mean = sum / Double(rows.count)
    let mean = mean
    factors = own.map { $0 / mean }
  }

  /// Returns (sum w)^2 / sum w^2, 0 if all are 0: as many rows of equal weight have a mean of the
  /// same precision.
  package static func effectiveCount(_ weights: some Sequence<Double>) -> Double {
    var (sum, squares) = (0.0, 0.0)
    for weight in weights { (sum, squares) = (sum + weight, squares + weight * weight) }
    return squares > 0 ? sum * sum / squares : 0
  }
}
