import Declarations
import JSON
import Tensors

/// The class of a row as one-hot columns: c_k = 1 where the label is the k-th class, 0 elsewhere.
package struct LabelCondition: ConditionModule {
  package var classes: Classes?
  package var names: [String]?

  package init() {}

  package static let type = "label"
  package static let summary = "The row's label, one-hot: one column for each class."
  package static var examples: [LabelCondition] {
    var condition = LabelCondition()
    condition.classes = Classes([0, 1, 2])
    var named = condition
    named.names = ["cat", "dog", "owl"]
    return [condition, named]
  }
  package static let fields: [Field<LabelCondition>] = [
    Field(
      "classes", \.classes,
      "All labels: a list, or n for 0 to n - 1; those of the data if a data set is named."
    ),
    Field(
      "names", \.names,
      "Names of the classes, in ascending order of the labels; those of the data if a data set is named. A name can then be given for its label."
    ),
  ]

  package func completed(by data: any Examples) throws(Fault) -> any ConditionModule {
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

  package func condition() throws(Fault) -> any Condition {
    guard let classes else {
      throw Fault(
        .params, "expected the list of all labels, got nothing", path: "classes",
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
    .params, "the rows have no labels, which the model is conditioned on",
    expected: "rows with labels", got: "no labels",
    hint: "load the data with labels, or give \"labels\" beside \"input\"")
}

extension Choice<ConditionKind> {
  /// The row's label, one-hot: one column for each class.
  public static func label(classes: Classes? = nil, names: [String]? = nil) -> Self {
    var module = LabelCondition()
    module.classes = classes
    module.names = names
    return Choice(module) { $0 }
  }

  /// The row's label, one-hot: one column for each class.
  public static var label: Self { .label() }
}
