import Files
import JSON
import Tensors

/// Parts for cross-validation: each fold, and the rows without it.
enum Folds {
  /// The maximum number of folds; their rows without one are as many lists.
  static let most = 1000

  /// Deals out `count` rows in an order drawn from the seed; class by class if there are strata, so
  /// that the folds differ by at most one row in each class and in all. Throws `params` for more
  /// folds than rows; `memory`.
  static func parts(
    _ folds: Int, of count: Int, _ strata: Strata?, seed: Int
  ) throws(Fault) -> [DataSet.Subset] {
    guard folds <= count else {
      throw .misfit(
        expected: "at most \(count), the number of rows", got: "\(folds)", at: "folds")
    }
    try Memory.require(Size(count) * 24, for: "the folds of \(count) rows")
    var order = Random(seed: seed, .splitting).permutation(count)
    if let strata { order = strata.sorted(order) }
    var places = [Int](repeating: 0, count: count)
    for (position, row) in order.enumerated() { places[Int(row)] = position % folds }
    return try parts(places, (1...folds).map { $0 })
  }

  /// Returns the parts of rows whose folds are known: `places` are indices of `numbers`. Throws
  /// `memory`.
  static func parts(_ places: [Int], _ numbers: [Int]) throws(Fault) -> [DataSet.Subset] {
    try Memory.require(
      Size(places.count) * 4 * (numbers.count + 1), for: "\(numbers.count) folds",
      hint: "take fewer folds")
    return numbers.enumerated().flatMap { place, number in
      var (fold, others): ([UInt32], [UInt32]) = ([], [])
      others.reserveCapacity(places.count)
      for (row, other) in places.enumerated() {
        if other == place { fold.append(UInt32(row)) } else { others.append(UInt32(row)) }
      }
      return [
        DataSet.Subset(name: "fold-\(number)", rows: fold),
        DataSet.Subset(name: "without-fold-\(number)", rows: others),
      ]
    }
  }
}
