import JSON
import Tensors

/// The class of a row as one-hot columns: c_k = 1 where the label is the k-th class, 0 elsewhere.
public struct LabelCondition: ConditionModule {
  public var classes: Classes?
  public var names: [String]?

  public init() {}

  public static let type = "label"
  public static let summary = "The row's label, one-hot: one column for each class."
  public static var examples: [LabelCondition] {
    var condition = LabelCondition()
    condition.classes = Classes([0, 1, 2])
    var named = condition
    named.names = ["cat", "dog", "owl"]
    return [condition, named]
  }
  public static let fields: [Field<LabelCondition>] = [
    Field(
      "classes", \.classes,
      "The labels that there are: a list, or n for 0 to n - 1; those of the data where a data set is named."
    ),
    Field(
      "names", \.names,
      "What the classes are called, in ascending order of the labels; as in the data where a data set is named. A name then stands for its label."
    ),
  ]

  public func completed(by data: any Examples) throws(Fault) -> any ConditionModule {
    guard let labels = data.labels else { throw Self.unlabelled }
    var completed = self
    let found = Set(labels)
    guard classes != nil || found.count <= Classes.most else {
      throw Fault(
        .params, "the rows have \(found.count) different labels, a condition takes \(Classes.most)",
        expected: "at most \(Classes.most) classes", got: "\(found.count)",
        hint: "choose with \"classes\", or load the data with fewer labels")
    }
    let known = classes ?? Classes(found.sorted())
    completed.classes = known
    if names == nil, let all = data.classNames {
      let own = known.labels.compactMap { all.indices.contains($0) ? all[$0] : nil }
      if own.count == known.labels.count { completed.names = own }
    }
    return completed
  }

  public func condition() throws(Fault) -> any Condition {
    guard let classes else {
      throw Fault(
        .params, "expected the labels that there are, got nothing", path: "classes",
        expected: Classes.schema.phrase, got: "nothing",
        hint: "give \"classes\", or name the data set in \"data\"")
    }
    if let names, names.count != classes.labels.count || Set(names).count != names.count {
      throw Fault(
        .params, "expected a name of its own for each of \(classes.labels.count) classes",
        path: "names", expected: "\(classes.labels.count) different names",
        got: names.json.excerpt)
    }
    return OneHotLabel(classes: classes.labels, names: names)
  }

  static let unlabelled = Fault(
    .params, "the rows have no labels, on which the model is conditioned",
    expected: "rows with labels", got: "no labels",
    hint: "load the data with labels, or give \"labels\" beside \"input\"")
}

/// Labels in ascending order: a list of them, or a number n for 0 … n - 1.
public struct Classes: JSONForm, Equatable {
  public let labels: [Int]
  static let most = 4096

  public init(_ labels: [Int]) { self.labels = labels }

  public static let schema = Schema(
    "a number of classes, or a list of different labels",
    [
      "anyOf": [
        ["type": "integer", "minimum": 1, "maximum": .int(most)],
        [
          "type": "array", "items": ["type": "integer"], "minItems": 1, "maxItems": .int(most),
          "uniqueItems": true,
        ],
      ]
    ])

  public init(json: JSON) throws(Fault) {
    let given: [Int]
    if json.elements == nil {
      let count = try Int(json: json)
      given = (1...Self.most).contains(count) ? Array(0..<count) : []
    } else {
      given = try [Int](json: json)
    }
    guard (1...Self.most).contains(given.count), Set(given).count == given.count else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    labels = given.sorted()
  }

  public var json: JSON { .array(labels.map { .int($0) }) }
}

struct OneHotLabel: Condition {
  let classes: [Int]
  var names: [String]?

  var columns: Int { classes.count }
  var isBinary: Bool { true }

  func check(_ data: any Examples, _ rows: [UInt32], at member: String) throws(Fault) {
    guard let labels = data.labels else {
      var fault = LabelCondition.unlabelled
      fault.path = member
      throw fault
    }
    let known = Set(classes)
    let misnamed = misnamed(in: data.classNames)
    for row in rows {
      let label = labels[Int(row)]
      guard known.contains(label) else { throw outside(label, "row \(row)", at: member) }
      guard let (given, own) = misnamed[label] else { continue }
      throw Fault(
        .support,
        "row \(row) has the label \(label), which is \(given) there and \(own) in the model",
        path: member, expected: own, got: given,
        hint:
          "number the words as the model does, by the source's \"categories\": \((names ?? []).json.excerpt)"
      )
    }
  }

  /// The labels that other words stand for in the data than in the model, both words as JSON.
  private func misnamed(in given: [String]?) -> [Int: (given: String, own: String)] {
    guard let names, let given else { return [:] }
    var misnamed: [Int: (given: String, own: String)] = [:]
    for (label, name) in zip(classes, names) where given.indices.contains(label) {
      guard given[label] != name else { continue }
      misnamed[label] = (JSON.string(given[label]).excerpt, JSON.string(name).excerpt)
    }
    return misnamed
  }

  private func outside(_ label: Int, _ what: String, at member: String) -> Fault {
    let list = classes.map(String.init).joined(separator: ", ")
    return Fault(
      .support, "\(what) has the label \(label), which is no class of the model", path: member,
      expected: "one of \(list)", got: "\(label)")
  }

  func write(_ names: UnsafePointer<UInt32>, of data: any Examples, into given: Block) {
    let labels = data.labels ?? []
    for row in 0..<given.rows {
      let line = given.row(row)
      let name = Int(names[row])
      let label = name < labels.count ? labels[name] : nil
      for column in 0..<classes.count { line[column] = classes[column] == label ? 1 : 0 }
    }
  }
}

/// Rows that are nothing but their labels: of latents, which have no examples.
public struct Labels: Examples {
  public let labels: [Int]?

  public init(_ labels: [Int]) { self.labels = labels }

  public var count: Int { labels?.count ?? 0 }
  public var shape: Shape { [0] }
  public var isBinary: Bool { true }
  public var sha256: String { "" }
  public func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {}
}
