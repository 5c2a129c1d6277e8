import JSON
import Tensors

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

  /// Returns the labels whose word in the data differs from the model's word, with both words as
  /// JSON.
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
      .support, "\(what) has the label \(label), which is not a class of the model", path: member,
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
