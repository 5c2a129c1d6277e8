import Declarations
import JSON

/// Values by name, in the order in which they were added.
struct Handles<Value> {
  /// The word for one of them: "data set", "model".
  let kind: String
  /// The prefix of generated names.
  let prefix: String
  /// The method that adds one.
  let maker: String
  private(set) var names: [String] = []
  private var values: [String: Value] = [:]
  /// What the folder of `--state` lists and could not be made again: why, by name.
  private(set) var lost: [String: String] = [:]

  /// The method that removes one, or gives up one that was lost.
  var remover: String { maker.prefix { $0 != "." } + ".drop" }

  var all: Dictionary<String, Value>.Values { values.values }

  /// Returns the first value added for which `isMeant` is true.
  func oldest(where isMeant: (Value) -> Bool) -> Value? {
    for name in names { if let value = values[name], isMeant(value) { return value } }
    return nil
  }

  init(_ kind: String, prefix: String, maker: String) {
    self.kind = kind
    self.prefix = prefix
    self.maker = maker
  }

  /// Returns the value named `name`; `member` is the parameter that contains the name.
  func find(_ name: String, at member: String) throws(Fault) -> Value {
    if let value = values[name] { return value }
    if let why = lost[name] {
      throw Fault(
        .unknownName, "the \(kind) \"\(name)\" was lost when the session was restored: \(why)",
        path: member, expected: "a \(kind) that exists", got: JSON.string(name).line,
        hint:
          "make it again under this name with \(maker), or give it up with \(remover)")
    }
    let known =
      names.isEmpty ? "there are no \(kind)s" : "known: " + names.joined(separator: ", ")
    throw Fault(
      .unknownName, "no \(kind) \"\(name)\"; \(known)", path: member,
      expected: names.isEmpty ? "a \(kind) that exists" : "one of \(names.joined(separator: ", "))",
      got: JSON.string(name).line,
      hint: names.isEmpty ? "create one with \(maker)" : suggestion(for: name, among: names))
  }

  /// Returns the name for a new value: the wanted one, or a generated one. Throws `nameInUse`.
  func free(_ wanted: Handle?, replace: Bool) throws(Fault) -> String {
    guard let wanted else {
      var number = names.count + 1
      func isTaken(_ name: String) -> Bool { values[name] != nil || lost[name] != nil }
      while isTaken("\(prefix)-\(number)") { number += 1 }
      return "\(prefix)-\(number)"
    }
    guard values[wanted.name] == nil || replace else {
      throw Fault(
        .nameInUse, "the \(kind) \"\(wanted.name)\" exists already", path: "name",
        got: JSON.string(wanted.name).line, hint: "choose another name, or give \"replace\": true")
    }
    return wanted.name
  }

  /// Returns the value named `name`, if there is one.
  func peek(_ name: String) -> Value? { values[name] }

  /// Sets a value, and returns the previous value of that name.
  @discardableResult
  mutating func set(_ name: String, _ value: Value) -> Value? {
    lost[name] = nil
    let former = values.updateValue(value, forKey: name)
    if former == nil { names.append(name) }
    return former
  }

  /// Notes that a value could not be made again, until another one takes its name.
  mutating func lose(_ name: String, why: String) { lost[name] = why }

  /// Removes and returns a value, or gives up one that was lost, and returns nil.
  @discardableResult
  mutating func drop(_ name: String, at member: String) throws(Fault) -> Value? {
    if lost.removeValue(forKey: name) != nil { return nil }
    let value = try find(name, at: member)
    values[name] = nil
    names.removeAll { $0 == name }
    return value
  }
}
