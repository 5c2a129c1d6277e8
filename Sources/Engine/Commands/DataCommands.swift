import DataSources
import JSON
import Tensors

/// `data.load`: a source, then transforms, then a split.
enum DataLoad: Command {
  static let method = "data.load"
  static let faults: [Fault.Kind] = [.badFile, .io, .shape, .support, .notFinite, .memory]
  static let summary = "Loads rows from a source, applies transforms in order, and splits them."

  struct Params: Described {
    var name: Handle?
    var source: Choice<SourceKind>?
    var transforms: [Choice<TransformKind>] = []
    var split: Split?
    var replace = false

    static let fields: [Field<Params>] = [
      Field("name", \.name, "The data set's name; one is made up where none is given."),
      Field("source", \.source, "Where the rows come from.", required: true),
      Field("transforms", \.transforms, "What is done to them, in order."),
      Field("split", \.split, "Rows that are set aside; what remains is \"train\"."),
      Field("replace", \.replace, "Whether a data set of that name is replaced."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> DataReply {
    let name = try session.data.free(params.name, replace: params.replace)
    guard let source = params.source else { return DataReply() }
    let set = try DataSet.load(
      source, params.transforms, params.split, checkpoint: call.checkStop)
    try call.checkStop()
    session.data.set(name, set)
    return DataReply(name, set)
  }
}

/// What is known of a data set.
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

enum DataInfo: Command {
  static let method = "data.info"
  static let faults: [Fault.Kind] = [.io]
  static let summary = "What is known of a data set."

  static func run(_ params: DataParams, in session: Session, _: Call) throws(Fault) -> DataReply {
    let set = try session.data.find(params.data, at: "data")
    // What was measured, the sha256 above all, is that of the file as it was.
    try within("data") { () throws(Fault) in try set.checkUnchanged() }
    return DataReply(params.data, set)
  }
}

enum DataList: Command {
  static let method = "data.list"
  static let summary = "The names of all data sets."

  struct Reply: Described {
    var data: [String] = []
    static let fields: [Field<Reply>] = [Field("data", \.data, "Names, in order of loading.")]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(data: session.data.names)
  }
}

enum DataDrop: Command {
  static let method = "data.drop"
  static let summary = "Forgets a data set; trainers that use it keep it until they go."

  static func run(_ params: DataParams, in session: Session, _: Call) throws(Fault) -> Nothing {
    try session.data.drop(params.data, at: "data")
    return Nothing()
  }
}

enum DataGet: Command {
  static let method = "data.get"
  static let faults: [Fault.Kind] = [.shape]
  static let summary =
    "Rows of a data set with their labels; those binarised at random are drawn once."

  struct Params: Described {
    var rows = RowSelection()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.rows) + Field.all(of: \.delivery)
  }

  struct Reply: Described {
    var input: TensorForm?
    var labels: [Int]?
    var classNames: [String]?
    static let fields: [Field<Reply>] = [
      Field("input", \.input, "The rows.", required: true),
      Field("labels", \.labels, "Their labels, where there are labels."),
      Field("classNames", \.classNames, "The names of 0, 1, …, where the labels were words."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let found = try params.rows.resolve(in: session)
    if found.labels != nil {
      try Memory.require(Size(found.rows.count) * 64, for: "the labels of the rows")
    }
    let input = try params.delivery.form(found.values(call.checkStop), call)
    return Reply(
      input: input, labels: found.labels, classNames: found.examples.classNames)
  }
}
