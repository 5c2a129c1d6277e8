import Declarations
import JSON

/// Things by name, in the order in which they came.
struct Handles<Value> {
  /// "data set", "model": the word for one of them.
  let kind: String
  /// What made-up names begin with.
  let prefix: String
  /// The method that makes one.
  let maker: String
  private(set) var names: [String] = []
  private var values: [String: Value] = [:]

  var all: Dictionary<String, Value>.Values { values.values }

  /// The first to come of those that are meant.
  func oldest(where isMeant: (Value) -> Bool) -> Value? {
    for name in names { if let value = values[name], isMeant(value) { return value } }
    return nil
  }

  init(_ kind: String, prefix: String, maker: String) {
    self.kind = kind
    self.prefix = prefix
    self.maker = maker
  }

  /// The thing of that name; `member` is where in the parameters the name came from.
  func find(_ name: String, at member: String) throws(Fault) -> Value {
    if let value = values[name] { return value }
    let known = names.isEmpty ? "there is none" : "there are " + names.joined(separator: ", ")
    throw Fault(
      .unknownName, "no \(kind) \"\(name)\"; \(known)", path: member,
      expected: names.isEmpty ? "a \(kind) that exists" : "one of \(names.joined(separator: ", "))",
      got: JSON.string(name).line,
      hint: names.isEmpty ? "\(maker) makes one" : suggestion(for: name, among: names))
  }

  /// The name that a new thing will have: the one that was asked for, or one made up. Throws
  /// `nameInUse`.
  func free(_ wanted: Handle?, replace: Bool) throws(Fault) -> String {
    guard let wanted else {
      var number = names.count + 1
      while values["\(prefix)-\(number)"] != nil { number += 1 }
      return "\(prefix)-\(number)"
    }
    guard values[wanted.name] == nil || replace else {
      throw Fault(
        .nameInUse, "there is a \(kind) \"\(wanted.name)\" already", path: "name",
        got: JSON.string(wanted.name).line, hint: "choose another name, or give \"replace\": true")
    }
    return wanted.name
  }

  /// Returns what had the name before.
  @discardableResult
  mutating func set(_ name: String, _ value: Value) -> Value? {
    let former = values.updateValue(value, forKey: name)
    if former == nil { names.append(name) }
    return former
  }

  @discardableResult
  mutating func drop(_ name: String, at member: String) throws(Fault) -> Value {
    let value = try find(name, at: member)
    values[name] = nil
    names.removeAll { $0 == name }
    return value
  }
}
