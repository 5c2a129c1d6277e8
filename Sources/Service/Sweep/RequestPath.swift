import Declarations
import Engine
import JSON

/// The members of a log's requests that an axis of a sweep sets.
///
/// `METHOD.MEMBER…` is that member of every request of the method, and `METHOD#2.MEMBER…` of the
/// second one alone; `MEMBER…` is that of every request that gives the member or, if none does, of
/// every request that takes it. A member within a list is its place, counted from 0.
struct RequestPath {
  /// The members, one within the other.
  private let members: [Substring]
  /// The places of the requests in the log.
  let requests: [Int]
  private let text: String

  /// Finds the members; every request must take them. Throws `params` and names the nearest.
  init(_ text: String, in log: [JSON]) throws(Fault) {
    self.text = text
    let words = text.split(separator: ".", omittingEmptySubsequences: false)
    guard words.allSatisfy({ !$0.isEmpty }) else {
      throw Fault(.params, "expected a path such as trainer.create.seed, got \(text)")
    }
    let methods = log.map { $0["method"]?.text ?? "" }
    let groups = Set(served.map { $0.name.prefix { $0 != "." } })
    if words.count > 1, groups.contains(words[0]) {
      members = Array(words.dropFirst(2))
      requests = try Self.requests(words[0] + "." + words[1], of: methods)
      guard !members.isEmpty else {
        throw Fault(
          .params, "\(text): expected a member behind the method",
          hint: "such as \(text).\(served.first { $0.name == text }?.parameters.first ?? "seed")")
      }
    } else {
      members = words
      let name = String(words[0])
      let taking = log.indices.filter { Self.parameters(of: methods[$0]).contains(name) }
      let giving = taking.filter { log[$0]["params"]?[name] != nil }
      requests = giving.isEmpty ? taking : giving
      guard !requests.isEmpty else {
        let known = Set(methods.flatMap(Self.parameters)).sorted()
        throw Fault(
          .params, "\(text): no request of the log takes \(name)",
          hint: suggestion(for: name, among: known) ?? "they take \(known.joined(separator: ", "))")
      }
    }
    for place in requests { _ = try set(.null, in: log[place]) }
  }

  private static func parameters(of method: String) -> [String] {
    served.first { $0.name == method }?.parameters ?? []
  }

  /// Returns the requests of a method, or the one behind "#".
  private static func requests(_ word: String, of methods: [String]) throws(Fault) -> [Int] {
    let parts = word.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let places = methods.indices.filter { methods[$0] == name }
    guard !places.isEmpty else {
      let known = Set(methods.filter { !$0.isEmpty }).sorted()
      throw Fault(
        .params, "the log has no \(name)",
        hint: suggestion(for: name, among: known) ?? "it has \(known.joined(separator: ", "))")
    }
    guard parts.count > 1 else { return places }
    guard let number = Int(parts[1]), places.indices.contains(number - 1) else {
      throw Fault(
        .params, "the log has no \(word)",
        hint: "its \(name) are numbered from 1 to \(places.count)")
    }
    return [places[number - 1]]
  }

  /// Returns the request with another value. Throws `params` for a member that it does not take.
  func set(_ value: JSON, in request: JSON) throws(Fault) -> JSON {
    let name = request["method"]?.text ?? ""
    guard let method = served.first(where: { $0.name == name }) else { return request }
    let params = try set(
      value, members[...], in: request["params"] ?? [:], SchemaNode(method.params.json), at: name)
    return request.with(["params": params])
  }

  private func set(
    _ value: JSON, _ members: ArraySlice<Substring>, in old: JSON?, _ schema: SchemaNode,
    at place: String
  ) throws(Fault) -> JSON {
    guard let name = members.first.map(String.init) else { return value }
    let old = old ?? schema.standard
    if case .array(var elements) = old {
      guard let index = Int(name), elements.indices.contains(index) else {
        throw Fault(
          .params, "\(text): \(place) has no \(name)",
          hint: "its places are 0 to \(max(0, elements.count - 1))")
      }
      elements[index] = try set(
        value, members.dropFirst(), in: elements[index], schema.elements, at: "\(place).\(name)")
      return .array(elements)
    }
    let known = schema.members(of: old)
    guard let inner = known.first(where: { $0.name == name }) else {
      let names = known.map(\.name)
      throw Fault(
        .params,
        names.isEmpty
          ? "\(text): \(place) has no members" : "\(text): \(place) has no member \(name)",
        hint: suggestion(for: name, among: names)
          ?? (names.isEmpty ? nil : "it has \(names.joined(separator: ", "))"))
    }
    let new = try set(
      value, members.dropFirst(), in: old?[name], SchemaNode(inner.value), at: "\(place).\(name)")
    // A member of its own place keeps the order of the log.
    guard case .object(var given) = old ?? [:] else {
      throw Fault(.params, "\(text): \(place) is no object in the log, but \(old?.excerpt ?? "")")
    }
    if let index = given.firstIndex(where: { $0.name == name }) {
      given[index].value = new
    } else {
      given.append(JSON.Member(name, new))
    }
    return .object(given)
  }
}

/// A schema, with what it refers to.
private struct SchemaNode {
  private let json: JSON

  init(_ json: JSON) { self.json = json }

  /// What stands for the value if none is given.
  var standard: JSON? { json["default"] }

  /// The schema of a list's elements.
  var elements: SchemaNode { SchemaNode(resolved["items"] ?? [:]) }

  private var resolved: JSON {
    guard let name = json.references.first, json["$ref"] != nil else { return json }
    return components.first { $0.name == name }?.schema.json ?? [:]
  }

  /// Returns the members of the alternative that `value` is of.
  func members(of value: JSON?) -> [JSON.Member] {
    let whole = resolved
    let alternatives = whole["oneOf"]?.elements ?? whole["anyOf"]?.elements ?? [whole]
    let type = value?["type"]
    let fitting =
      alternatives.first { type != nil && $0["properties"]?["type"]?["const"] == type }
      ?? alternatives.first { $0["properties"] != nil && $0["properties"]?["type"] == nil }
    guard case .object(let members) = fitting?["properties"] else { return [] }
    return members
  }
}
