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

  /// Answers what had the name before.
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

/// A name that a client gives: 1 to 64 of A–Z a–z 0–9 _ . -
struct Handle: JSONForm {
  let name: String

  static let schema = Schema(
    "a name: 1 to 64 of A–Z a–z 0–9 _ . -",
    ["type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"])

  init(json: JSON) throws(Fault) {
    guard let text = json.text, (1...64).contains(text.utf8.count),
      text.utf8.allSatisfy({ byte in
        let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        return isLetter || (0x30...0x39).contains(byte) || "_.-".utf8.contains(byte)
      })
    else { throw .misfit(expected: Self.schema.phrase, got: json) }
    name = text
  }

  init(_ name: String) { self.name = name }

  var json: JSON { .string(name) }
}
