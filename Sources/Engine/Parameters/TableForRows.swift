import DataSources
import Tensors
import Variational

extension TableFile {
  /// A table of rows that were found, with the columns and the words of their data set.
  init(_ found: RowSelection.Found, _ model: Model? = nil) {
    self.init()
    columns = (found.examples as? DataSet)?.columns
    labels = found.labels
    if let names = found.examples.classNames {
      word = { names.indices.contains($0) ? names[$0] : nil }
    } else if let model {
      word = Self.words(of: model)
    }
  }

  /// A table of a model's draws, with the words of its classes.
  init(labels: [Int]?, _ model: Model) {
    self.init()
    columns = model.spec.columns?.map { name in
      let words = model.spec.words?.members.first { $0.name == name }?.value
      return TableColumn(name: name, categories: words)
    }
    self.labels = labels
    word = Self.words(of: model)
  }

  private static func words(of model: Model) -> @Sendable (Int) -> String? {
    guard let condition = model.spec.condition?.product as? LabelCondition,
      let names = condition.names, let classes = condition.classes?.labels
    else { return { _ in nil } }
    let words = Dictionary(zip(classes, names)) { first, _ in first }
    return { words[$0] }
  }
}
