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
  let columns: [TableColumn]?
  let pictures: PictureNotes?
  let sha256: String

  init(_ name: String, _ set: DataSet) {
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
    columns = set.columns
    pictures = set.pictures
    sha256 = set.sha256
  }

  static let members: [Member<DataReply>] = [
    Member("data", \.data, "The data set's name."),
    Member("count", \.count, "Number of rows."),
    Member("shape", \.shape, "Shape of one row."),
    Member("binary", \.binary, "Whether every value is 0 or 1."),
    Member("binarization", \.binarization, "How it became so: none, threshold or random."),
    Member("minimum", \.minimum, "The least value."),
    Member("maximum", \.maximum, "The greatest value."),
    Member("splits", \.splits, "Number of rows in each split."),
    Member("classes", \.classes, "The labels that occur, where there are labels."),
    Member("classNames", \.classNames, "The names of 0, 1, …, where the labels were words."),
    Member("columns", \.columns, "What stands at each position, where the rows are a table's."),
    Member("pictures", \.pictures, "What is known of the files, where the rows are pictures."),
    Member("sha256", \.sha256, "Of the rows after the transforms."),
  ]
}

/// The only parameter: the name of a data set.
struct DataParams: Described {
  var data = ""
  static let fields: [Field<DataParams>] = [
    Field("data", \.data, "The data set.", required: true, faults: .lookup)
  ]
}
