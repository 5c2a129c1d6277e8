import Declarations
import Files
import JSON
import Tensors

/// Rows that are ready for training: loaded, transformed, measured and split.
public struct DataSet: Examples, Sendable {
  /// The numbers of all rows; none if they are distributed.
  public private(set) var storage: Storage
  public let count: Int
  public let shape: Shape
  /// The class of each row, if known.
  public let labels: [Int]?
  /// The labels that occur, in ascending order.
  public let classes: [Int]?
  /// The weight of each row, finite and from 0 on; nil if all count alike.
  public let weights: [Float]?
  /// The names of the classes 0, 1, …, if they have names.
  public let classNames: [String]?
  /// The facts about each position, if the rows come from a table.
  public let columns: [TableColumn]?
  /// The places in the file, from 0, of the rows that a missing value left out.
  public let dropped: [Int]
  /// The facts about their files, if the rows are pictures.
  public let pictures: PictureNotes?
  /// How grey levels become zeros and ones.
  public let binarization: Binarization
  /// Whether every gathered value is 0 or 1.
  public let isBinary: Bool
  /// The least gathered value.
  public let minimum: Float
  /// The greatest gathered value.
  public let maximum: Float
  /// The parts that a `Split` makes, such as `train` and `test`; none if the rows were not split.
  public let splits: [Subset]
  /// SHA-256 of the rows after the transforms.
  ///
  /// The digest covers the values, row-major: one byte for each if all are integers from 0 to 255,
  /// else little-endian float32, independent of how they are stored. If rows are binarised at
  /// random, the values are the grey levels, followed by `random`, a space and the seed.
  public let sha256: String
  /// A stored value divided by this is a probability.
  let white: Float
  /// The rows, if several processes have a share each.
  private(set) var distributed: DistributedRows?
  /// The mean of each position, if the rows are distributed.
  private(set) var means: [Float]?

  /// A named subset of the rows.
  public struct Subset: Sendable, Equatable {
    public let name: String
    /// In ascending order.
    public let rows: [UInt32]
  }

  /// Measures and splits `rows`; calls `checkpoint` between pieces of the work. Throws `notFinite`
  /// for NaN and infinities, `support` for grey levels below 0 that are to be binarised at random,
  /// `params` for weights that are no weights, and what `Split` throws.
  public init(
    _ rows: Rows, _ split: Split? = nil, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    if let labels = rows.labels {
      try Memory.require(Size(labels.count) * 48, for: "the classes of the rows")
    }
    storage = rows.storage
    count = rows.count
    shape = rows.shape
    labels = rows.labels
    classes = rows.labels.map { Array(Set($0)).sorted() }
    try rows.checkWeights()
    weights = rows.weights
    classNames = rows.classNames
    columns = rows.columns
    dropped = rows.dropped
    pictures = rows.pictures
    binarization = rows.binarization
    let spread = try Spread(storage, checkpoint)
    if let fault = storage.takeFault() { throw fault }
    guard spread.areFinite else { throw try Self.notFinite(rows, checkpoint) }
    var suffix = ""
    if case .random(let seed) = binarization {
      guard spread.minimum >= 0 else {
        throw Fault(
          .support,
          "expected grey levels from 0 to binarise at random, the smallest is \(spread.minimum)",
          expected: "grey levels from 0", got: "\(spread.minimum)")
      }
      suffix = "random \(seed)"
      isBinary = true
      minimum = 0
      maximum = spread.maximum > 0 ? 1 : 0
    } else {
      isBinary = spread.areBinary
      minimum = spread.minimum
      maximum = spread.maximum
    }
    white = rows.white ?? (storage.areBytes ? 255 : max(1, spread.maximum))
    sha256 = try storage.digest(spread, followedBy: suffix, checkpoint)
    if let fault = storage.takeFault() { throw fault }
    splits = try split?.parts(of: rows) ?? []
  }

  /// Returns the same set, of which this process keeps its share of the rows. `number` is one that
  /// `ranks` have given. Throws `memory`, and what reading the rows throws.
  package func distributed(
    among ranks: Ranks, _ number: UInt64, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> DataSet {
    var set = self
    set.means = try mean(checkpoint)
    if let fault = storage.takeFault() { throw fault }
    set.distributed = try DistributedRows(
      storage, count: count, width: shape.count, ranks, number, checkpoint)
    set.storage = .bytes([])
    return set
  }

  /// The number of rows that each process keeps, if they are distributed.
  package var held: [Int]? { distributed?.held }

  public var columnNames: [String]? { columns?.map(\.name) }

  public var columnWords: [Int: [String]] {
    Dictionary(
      uniqueKeysWithValues: (columns ?? []).enumerated().compactMap { place, column in
        column.categories.map { (place, $0) }
      })
  }

  public var certainLevel: Float? {
    if case .random = binarization { white } else { nil }
  }

  /// Returns the part named `name`, if there is one.
  public func split(_ name: String) -> Subset? { splits.first { $0.name == name } }

  /// Returns the indices of all rows, or of the rows of a split. Throws `unknownName`; `words`
  /// names the data set, and `way` says how to split one.
  public func rows(
    of name: String?, words: String = "the data set", way: String = "give it a Split"
  ) throws(Fault) -> [UInt32] {
    guard let name else { return (0..<UInt32(count)).map { $0 } }
    if let part = split(name) { return part.rows }
    let known = splits.map(\.name)
    throw Fault(
      .unknownName, "\(words) has no split \"\(name)\"", path: "split",
      expected: known.isEmpty
        ? "a data set that was split" : "one of \(known.joined(separator: ", "))",
      got: JSON.string(name).line,
      hint: known.isEmpty
        ? way : suggestion(for: name, among: known) ?? "known: \(known.joined(separator: ", "))")
  }

  /// Returns the split that is trained on: `name`, or by default "train", or nil for all rows of
  /// data that were not split. Throws `params` for other splits without a name, such as folds.
  package func trainingSplit(_ name: String?) throws(Fault) -> String? {
    if name != nil || splits.isEmpty { return name }
    guard split("train") == nil else { return "train" }
    let known = splits.prefix(4).map { JSON.string($0.name).line }.joined(separator: ", ")
    throw Fault(
      .params, "the data have no split \"train\"", path: "split",
      expected: "one of \(known)\(splits.count > 4 ? ", …" : "")", got: "nothing",
      hint: splits.first { $0.name.hasPrefix("without-") }.map {
        "\"split\": \(JSON.string($0.name).line) trains on the rows without one fold"
      })
  }

  /// Throws `io` if the rows stay in a file that has changed since it was measured.
  public func checkUnchanged() throws(Fault) { try storage.checkUnchanged() }

  private static func notFinite(
    _ rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Fault {
    let width = rows.shape.count
    let (place, value) = try rows.storage.firstNotFinite(checkpoint) ?? (0, .nan)
    return Fault(
      .notFinite, "row \(place / width) has \(value) at position \(place % width)",
      expected: "finite numbers", got: "\(value)",
      hint: "leave out the rows with such values, or replace the values")
  }
}
