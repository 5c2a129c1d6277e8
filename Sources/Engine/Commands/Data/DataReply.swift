import DataSources
import Declarations
import JSON
import Tensors

/// The description of a data set.
struct DataReply: Described {
  var data = ""
  var count = 0
  var shape: Shape = []
  var binary = false
  var binarization = ""
  var minimum: Float = 0
  var maximum: Float = 0
  var splits = Named<Int>()
  var classes: [Int]?
  var classNames: [String]?
  var columns: [TableColumn]?
  var pictures: PictureNotes?
  var sha256 = ""

  init() {}

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

  static let fields: [Field<DataReply>] = [
    Field("data", \.data, "The data set's name."),
    Field("count", \.count, "Number of rows."),
    Field("shape", \.shape, "Shape of one row."),
    Field("binary", \.binary, "Whether every value is 0 or 1."),
    Field("binarization", \.binarization, "How it became so: none, threshold or random."),
    Field("minimum", \.minimum, "The least value."),
    Field("maximum", \.maximum, "The greatest value."),
    Field("splits", \.splits, "Number of rows in each split."),
    Field("classes", \.classes, "The labels that occur, where there are labels."),
    Field("classNames", \.classNames, "The names of 0, 1, …, where the labels were words."),
    Field("columns", \.columns, "What stands at each position, where the rows are a table's."),
    Field("pictures", \.pictures, "What is known of the files, where the rows are pictures."),
    Field("sha256", \.sha256, "Of the rows after the transforms."),
  ]
}

/// The name of a data set, as the only parameter.
struct DataParams: Described {
  var data = ""
  static let fields: [Field<DataParams>] = [
    Field("data", \.data, "The data set.", required: true)
  ]
}
