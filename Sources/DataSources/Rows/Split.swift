import Declarations
import Files
import JSON
import Tensors

/// How the rows are divided into `validation`, `test` and, for the rest, `train`.
public struct Split: Described, Equatable {
  public var validation: Double?
  public var test: Double?
  public var seed = 0

  public init() {}

  /// Takes counts from 1, or fractions below 1.
  public init(validation: Double? = nil, test: Double? = nil, seed: Int = 0) {
    (self.validation, self.test, self.seed) = (validation, test, seed)
  }

  public static let fields: [Field<Split>] = [
    Field(
      "validation", \.validation,
      "Size of the validation split: a whole number from 1 is a count, a number below 1 a fraction.",
      .above(0)),
    Field(
      "test", \.test,
      "Size of the test split: a whole number from 1 is a count, a number below 1 a fraction.",
      .above(0)),
    Field("seed", \.seed, "Seed of the choice of rows.", .seed),
  ]

  /// Returns the parts of `count` rows: drawn without replacement, each in ascending order. Throws
  /// `params` if one would be empty, or there are not enough rows.
  func parts(of count: Int) throws(Fault) -> [DataSet.Subset] {
    let validation = try Self.rows(self.validation, of: count, "validation")
    let test = try Self.rows(self.test, of: count, "test")
    let train = count - validation - test
    guard train > 0 else {
      throw Fault(
        .params,
        "validation (\(validation)) and test (\(test)) leave no row of \(count) to train on",
        path: self.validation == nil ? "test" : "validation",
        expected: "together fewer than \(count) rows", got: "\(validation + test)")
    }
    try Memory.require(Size(count) * 16, for: "the splits of \(count) rows")
    let order = Random(seed: seed, .splitting).permutation(count)
    let parts = [
      DataSet.Subset(name: "train", rows: order[(validation + test)...].sorted()),
      DataSet.Subset(name: "validation", rows: order[..<validation].sorted()),
      DataSet.Subset(name: "test", rows: order[validation..<validation + test].sorted()),
    ]
    return parts.filter { !$0.rows.isEmpty }
  }

  private static func rows(_ amount: Double?, of count: Int, _ name: String) throws(Fault) -> Int {
    guard let amount else { return 0 }
    let expected = "a count from 1 to \(count - 1), or a fraction of at least one row"
    let rows = amount < 1 ? (amount * Double(count)).rounded() : amount
    guard rows == rows.rounded(), rows >= 1, rows <= Double(count) else {
      let got = amount < 1 ? "\(amount), which is no row of \(count)" : JSON.real(amount).line
      throw .misfit(expected: expected, got: got, at: name)
    }
    return Int(rows)
  }
}
