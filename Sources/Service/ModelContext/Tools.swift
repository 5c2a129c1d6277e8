import Engine
import JSON

/// The commands of the engine as tools of the Model Context Protocol.
struct Tools: Sendable {
  private let rows: [Tool]
  private let places: [String: Int]

  /// Methods that describe the protocol are left out: the list of tools describes the tools.
  init(_ methods: [Method]) {
    rows = methods.filter { $0.effect != .describes }.map(Tool.init).sorted {
      $0.name < $1.name
    }
    let names = rows.enumerated().flatMap { [($1.name, $0), ($1.method.name, $0)] }
    places = Dictionary(names) { first, _ in first }
  }

  var names: [String] { rows.map(\.name) }

  /// Returns the tool named `name`, with underscores or with dots.
  func find(_ name: String) -> Tool? { places[name].map { rows[$0] } }

  func list(for revision: Revision) -> JSON { .array(rows.map { $0.described(for: revision) }) }
}

/// One command as a tool.
struct Tool: Sendable {
  let method: Method
  /// Such as "data_load", because several clients refuse dots.
  let name: String

  /// The parameter that a progress token replaces.
  static let progress = "progress"

  init(_ method: Method) {
    self.method = method
    name = String(method.name.map { $0 == "." ? "_" : $0 })
  }

  func described(for revision: Revision) -> JSON {
    var members = [JSON.Member("name", .string(name))]
    if revision.hasStructuredContent { members.append(JSON.Member("title", .string(title))) }
    members.append(JSON.Member("description", .string(method.summary)))
    members.append(
      JSON.Member(
        "inputSchema", method.params.json.without(property: Self.progress).selfContained()))
    if revision.hasStructuredContent {
      let reply = method.reply.json
      members.append(
        JSON.Member(
          "outputSchema",
          (method.answersPicture ? reply.without(property: "base64") : reply).selfContained(
            brief: true)))
    }
    if revision.hasAnnotations {
      let title = JSON.Member("title", .string(title))
      members.append(
        JSON.Member(
          "annotations",
          .object(
            (revision.hasStructuredContent ? [] : [title]) + [
              JSON.Member("readOnlyHint", .bool(method.effect.isQuery)),
              JSON.Member("openWorldHint", false),
            ])))
    }
    return .object(members)
  }

  /// Returns the arguments with an object or a list in place of its JSON text, which many clients
  /// send, where the schema takes no text.
  func unpacked(_ arguments: [JSON.Member]) -> [JSON.Member] {
    guard arguments.contains(where: { $0.value.mayHoldContainer }) else { return arguments }
    let properties = method.params.json["properties"]
    return arguments.map { argument in
      guard argument.value.mayHoldContainer, properties?[argument.name]?.takesText == false,
        let value = argument.value.text.flatMap({ try? JSON(parsing: $0) })
      else { return argument }
      return JSON.Member(argument.name, value)
    }
  }

  /// Returns the reply with complete schemas, because a client of tools has no document in which to
  /// look up references.
  func resolved(_ reply: JSON) -> JSON {
    guard method.answersModules, let modules = reply["modules"]?.elements else {
      return reply
    }
    let whole = modules.map { module in
      guard case .object(let members) = module else { return module }
      return .object(
        members.map {
          $0.name == "options" ? JSON.Member($0.name, $0.value.selfContained(brief: true)) : $0
        })
    }
    return ["modules": .array(whole)]
  }

  /// Such as "Mean field: exact".
  private var title: String {
    var words = ""
    for letter in method.name {
      if letter == "." {
        words += ": "
      } else if letter.isUppercase {
        words += " " + letter.lowercased()
      } else {
        words.append(letter)
      }
    }
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}

extension JSON {
  /// Whether it is a text that begins as an object or a list does.
  fileprivate var mayHoldContainer: Bool {
    guard let first = text?.utf8.first(where: { !" \t\r\n".utf8.contains($0) }) else {
      return false
    }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  /// Whether texts are among the values of this schema.
  fileprivate var takesText: Bool {
    if let name = self["$ref"]?.text?.split(separator: "/").last {
      return components.first { $0.name == name }?.schema.json.takesText ?? false
    }
    let forms = (self["anyOf"] ?? self["oneOf"])?.elements ?? []
    return self["type"] == "string" || forms.contains(where: \.takesText)
  }

  /// Returns the schema with everything to which it refers inside.
  ///
  /// `brief` lists only the types of modules, without their options. A client that reads a reply
  /// gains nothing from them, and language models pay for every word.
  fileprivate func selfContained(brief: Bool = false) -> JSON {
    var found: [String] = []
    var definitions: [Member] = []
    var waiting = references
    while let name = waiting.popLast() {
      guard !found.contains(name), let row = components.first(where: { $0.name == name }) else {
        continue
      }
      found.append(name)
      let catalogue = brief ? kinds.first { $0.kind == name } : nil
      let definition = catalogue?.types ?? row.schema.json
      waiting += definition.references
      definitions.append(Member(name, definition.rerooted))
    }
    guard case .object(let members) = rerooted, !definitions.isEmpty else { return rerooted }
    return .object(
      members + [Member("$defs", .object(definitions.sorted { $0.name < $1.name }))])
  }

  /// The same schema with references to definitions instead of components, and without examples.
  private var rerooted: JSON {
    switch self {
    case .array(let elements): return .array(elements.map(\.rerooted))
    case .object(let members):
      return .object(
        members.compactMap { member in
          let prefix = "#/components/schemas/"
          if member.name == "$ref", let text = member.value.text, text.hasPrefix(prefix) {
            return Member("$ref", .string("#/$defs/" + text.dropFirst(prefix.count)))
          }
          if member.name == "examples", member.value.elements != nil { return nil }
          // OpenRPC uses draft 7, whose tuples have another name in 2020-12.
          if member.name == "items", let items = member.value.elements {
            return Member("prefixItems", .array(items.map(\.rerooted)))
          }
          return Member(member.name, member.value.rerooted)
        })
    default: return self
    }
  }

  /// Returns the schema of an object without one of its members.
  fileprivate func without(property name: String) -> JSON {
    guard case .object(var members) = self,
      let place = members.firstIndex(where: { $0.name == "properties" }),
      case .object(let properties) = members[place].value
    else { return self }
    members[place].value = .object(properties.filter { $0.name != name })
    return .object(members)
  }
}

extension Catalogue {
  /// A schema for any of the parts, with any options.
  fileprivate var types: JSON {
    [
      "description": .string(summary), "type": "object",
      "properties": ["type": ["enum": .array(parts.map { .string($0.type) })]],
      "required": ["type"],
    ]
  }
}
