import JSON
import Testing

@testable import Engine
@testable import Service

extension Method {
  /// Returns the same method; a reply that violates its schema fails the calling test.
  var checked: Method {
    var method = self
    let (name, body, schema) = (self.name, self.body, reply.json)
    method.body = { (params, session, call) throws(Fault) in
      let reply = try body(params, session, call)
      if let misfit = schema.misfit(of: reply) { Issue.record("\(name): \(misfit)") }
      return reply
    }
    return method
  }
}

extension JSON {
  /// Returns what in `value` violates this schema; nil if nothing does. It supports only the
  /// keywords that the declarations use.
  func misfit(of value: JSON, at path: String = "$") -> String? {
    let value = value.written
    if let name = self["$ref"]?.text {
      let component = components.first { name == "#/components/schemas/\($0.name)" }
      return component.map { $0.schema.json.misfit(of: value, at: path) } ?? "no schema \(name)"
    }
    if let schemas = self["anyOf"]?.elements ?? self["oneOf"]?.elements {
      let misfits = schemas.map { $0.misfit(of: value, at: path) }
      return misfits.contains(nil) ? nil : "\(path): none of \(misfits.compactMap(\.self))"
    }
    if let words = self["enum"]?.elements, !words.contains(value) {
      return "\(path): \(value.line)"
    }
    if let word = self["const"], word != value { return "\(path): \(value.line), not \(word.line)" }
    if let type = self["type"]?.text, type != value.type,
      type != "number" || value.type != "integer"
    {
      return "\(path): \(value.type), not \(type)"
    }
    if case .object(let members) = value { return misfit(ofMembers: members, at: path) }
    if let elements = value.elements, let items = self["items"], items.elements == nil {
      for (place, element) in elements.enumerated() {
        if let misfit = items.misfit(of: element, at: "\(path)[\(place)]") { return misfit }
      }
    }
    return nil
  }

  private func misfit(ofMembers members: [Member], at path: String) -> String? {
    for name in self["required"]?.elements ?? []
    where !members.contains(where: { .string($0.name) == name }) {
      return "\(path): no member \(name.line)"
    }
    if Set(members.map(\.name)).count < members.count { return "\(path): a member twice" }
    for member in members {
      let here = "\(path).\(member.name)"
      if let schema = self["properties"]?[member.name] ?? self["additionalProperties"] {
        if schema == false { return "\(here): not declared" }
        if let misfit = schema.misfit(of: member.value, at: here) { return misfit }
      }
    }
    return nil
  }

  /// Numbers that are not finite are strings in the text.
  private var written: JSON {
    switch self {
    case .real(let value) where !value.isFinite:
      .string(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
    case .float(let value) where !value.isFinite: JSON.real(Double(value)).written
    default: self
    }
  }

  private var type: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .real, .float: "number"
    case .string: "string"
    case .array, .floats: "array"
    case .object: "object"
    }
  }
}
