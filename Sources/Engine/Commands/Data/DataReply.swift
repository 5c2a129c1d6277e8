import DataSources
import Declarations
import JSON
import Tensors

/// The description of a data set.
struct DataReply: Answer {
  let data: String
  let count: Int
  let shape: Shape
  let binary: Bool
  let binarization: String
  let minimum: Float
  let maximum: Float
  let splits: Named<Int>
  let classes: [Int]?
  let classNames: [String]?
  let weights: WeightsReply?
  let columns: [TableColumn]?
  let dropped: [Int]?
  let pictures: PictureNotes?
  let held: [Int]?
  let sha256: String
  let notes: [String]?

  init(_ name: String, _ set: DataSet, notes: [String] = []) {
    data = name
    count = set.count
    shape = set.shape
    binary = set.isBinary
    binarization = set.binarization.phrase
    minimum = set.minimum
    maximum = set.maximum
    splits = Named(set.splits.map { ($0.name, $0.rows.count) })
    classes = set.classes
    classNames = set.classNames
    weights = set.weights.map { WeightsReply($0) }
    columns = set.columns
    dropped = set.dropped.isEmpty ? nil : set.dropped
    pictures = set.pictures
    held = set.held
    sha256 = set.sha256
    self.notes = notes.isEmpty ? nil : notes
  }

  static let members: [Member<DataReply>] = [
    Member("data", \.data, "The data set's name."),
    Member("count", \.count, "Number of rows."),
    Member("shape", \.shape, "Shape of one row."),
    Member("binary", \.binary, "Whether every value is 0 or 1."),
    Member(
      "binarization", \.binarization, "How the rows were binarised: none, threshold or random."),
    Member("minimum", \.minimum, "Smallest value."),
    Member("maximum", \.maximum, "Largest value."),
    Member("splits", \.splits, "Number of rows in each split."),
    Member("classes", \.classes, "Labels that occur, if the data set has labels."),
    Member("classNames", \.classNames, "Names of the classes 0, 1, …, if the labels were words."),
    Member("weights", \.weights, "The weights of the rows, if they do not count alike."),
    Member("columns", \.columns, "Columns of the rows, if they come from a table."),
    Member(
      "dropped", \.dropped,
      "Places in the file, counted from 0, of the rows that were left out for a missing value."),
    Member("pictures", \.pictures, "Facts about the files, if the rows come from pictures."),
    Member(
      "held", \.held,
      "Numbers of rows that the ranks keep, one after the other, if \"distributed\"."
    ),
    Member("sha256", \.sha256, "SHA-256 of the rows after the transforms."),
    Member(
      "notes", \.notes, "What looks wrong, each with a way out; only in the reply of a load."),
  ]
}

/// What the weights of a data set are like.
struct WeightsReply: Answer {
  let minimum: Float
  let maximum: Float
  let effectiveCount: Double

  init(_ weights: [Float]) {
    minimum = weights.min() ?? 0
    maximum = weights.max() ?? 0
    effectiveCount = Weighting.effectiveCount(weights.lazy.map { Double($0) })
  }

  static let members: [Member<WeightsReply>] = [
    Member("minimum", \.minimum, "Smallest weight."),
    Member("maximum", \.maximum, "Largest weight."),
    Member(
      "effectiveCount", \.effectiveCount,
      "(sum w)^2 / sum w^2: as many rows of equal weight have means of the same precision."),
  ]
}

/// The only parameter: the name of a data set.
struct DataParams: Described {
  var data = ""
  static let fields: [Field<DataParams>] = [
    Field("data", \.data, "The data set.", required: true, faults: .lookup)
  ]
}
