import Declarations
import Files
import JSON
import Tensors

/// How the rows are divided: into `validation`, `test` and, for the rest, `train`; into folds; or
/// by a column of their table.
public struct Split: Described, Equatable {
  public var validation: Double?
  public var test: Double?
  public var stratify: Bool?
  public var folds: Int?
  public var by: String?
  public var words: Named<Role>?
  public var seed = 0

  /// A split that a word of a column names.
  public enum Role: String, Word {
    case train, validation, test
  }

  public init() {}

  /// Takes counts from 1, or fractions below 1; `stratify` gives each part its share of every
  /// class.
  public init(
    validation: Double? = nil, test: Double? = nil, stratify: Bool = false, seed: Int = 0
  ) {
    (self.validation, self.test, self.stratify) = (validation, test, stratify ? true : nil)
    self.seed = seed
  }

  /// Parts `fold-1`, `without-fold-1` and so on, each of `count` times.
  public static func folds(_ count: Int, stratify: Bool = false, seed: Int = 0) -> Split {
    var split = Split()
    (split.folds, split.stratify, split.seed) = (count, stratify ? true : nil, seed)
    return split
  }

  /// The parts that a column of the table names, which is then no column of the rows; `words` are
  /// those that do not stand for themselves.
  public static func by(_ column: String, words: [String: Role] = [:]) -> Split {
    var split = Split()
    split.by = column
    split.words = Named(words.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    return split
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
    Field(
      "stratify", \.stratify,
      "Whether every class has its share of each split, rounded by the largest remainders; the rows need labels."
    ),
    Field(
      "folds", \.folds,
      "Number of equal parts for cross-validation, instead of sizes: the splits \"fold-1\", \"without-fold-1\", \"fold-2\", …, of which one is evaluated and the other trained on.",
      .from(2, to: Folds.most)),
    Field(
      "by", \.by,
      "The column of a table that says which split each row is in, instead of sizes: train, validation or test, or whole numbers, which are folds. It is no column of the rows."
    ),
    Field(
      "words", \.words,
      "What words of that column stand for, such as {\"dev\": \"validation\"}; the others stand for themselves."
    ),
    Field("seed", \.seed, "Seed of the choice of rows.", .seed),
  ]

  /// Returns the parts of `rows`: each in ascending order, and drawn without replacement unless a
  /// column names them. Throws `params` if one would be empty, if there are not enough rows, or for
  /// options that exclude each other; `memory`.
  func parts(of rows: Rows) throws(Fault) -> [DataSet.Subset] {
    if let by {
      try refuse(
        [
          ("validation", validation != nil), ("test", test != nil), ("folds", folds != nil),
          ("stratify", stratify == true),
        ], beside: "by")
      return try named(by, rows)
    }
    guard words == nil else {
      throw Fault(
        .params, "\"words\" are those of a column, and none is named", path: "words",
        expected: "\"by\" beside it", got: "no \"by\"", hint: "name the column with \"by\"")
    }
    guard let folds else { return try shares(of: rows) }
    try refuse([("validation", validation != nil), ("test", test != nil)], beside: "folds")
    let classes = try stratify == true ? Strata(rows, parts: folds) : nil
    return try Folds.parts(folds, of: rows.count, classes, seed: seed)
  }

  private func refuse(
    _ members: [(name: String, isGiven: Bool)], beside other: String
  ) throws(Fault) {
    guard let member = members.first(where: \.isGiven) else { return }
    throw Fault(
      .params, "\"\(member.name)\" has no meaning beside \"\(other)\"", path: member.name,
      expected: "one of the two", got: "both", hint: "leave \"\(member.name)\" out")
  }

  /// Returns the parts by their sizes.
  private func shares(of rows: Rows) throws(Fault) -> [DataSet.Subset] {
    let count = rows.count
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
    let kinds = 1 + (validation > 0 ? 1 : 0) + (test > 0 ? 1 : 0)
    let strata = try stratify == true ? Strata(rows, parts: kinds) : nil
    try Memory.require(Size(count) * 20, for: "the splits of \(count) rows")
    var order = Random(seed: seed, .splitting).permutation(count)
    if let strata { order = strata.putFirst([validation, test], of: order) }
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
