import Declarations
import Engine
import JSON

/// The OpenRPC document of a list of methods.
struct Document {
  private let rows: [(name: String, json: JSON)]

  init(_ methods: [Method]) {
    let examples = Self.examples
    rows =
      (methods.map { ($0.name, Self.describe($0, examples[$0.name] ?? [])) }
      + conversationMethods.map { ($0["name"]?.text ?? "", $0) }).sorted { $0.0 < $1.0 }
  }

  var names: [String] { rows.map(\.name) }

  /// Every method and every component.
  var whole: Discover.Reply {
    reply(rows.map(\.json), components.map(\.name), Fault.Kind.allCases, Self.notifications)
  }

  /// Returns one method, and the components to which it refers, directly or through others; nil if
  /// there is no such method.
  func part(_ name: String) -> Discover.Reply? {
    guard let row = rows.first(where: { $0.name == name }) else { return nil }
    var reached: Set<String> = []
    // A method that has a "progress" parameter sends progress.
    let reports = row.json["params"]?.elements?.contains { $0["name"] == "progress" } ?? false
    let notifications = reports ? Self.notifications : []
    var waiting = row.json.references + JSON.array(notifications).references
    while let next = waiting.popLast() {
      guard reached.insert(next).inserted else { continue }
      waiting += components.first { $0.name == next }?.schema.json.references ?? []
    }
    let faults = row.json["errors"]?.elements ?? []
    return reply(
      [row.json], components.map(\.name).filter(reached.contains),
      Fault.Kind.allCases.filter { faults.contains(Self.reference(to: $0)) }, notifications)
  }

  private func reply(
    _ methods: [JSON], _ chosen: [String], _ kinds: [Fault.Kind], _ notifications: [JSON]
  ) -> Discover.Reply {
    let schemas = components.filter { chosen.contains($0.name) }
    return Discover.Reply(
      openrpc: "1.3.2", info: Self.info, methods: methods,
      components: [
        "schemas": .object(schemas.map { JSON.Member($0.name, $0.schema.json) }),
        "errors": .object(kinds.map { JSON.Member($0.rawValue, $0.component) }),
      ],
      notifications: notifications)
  }

  private static let info: JSON = [
    "title": "elbo", "version": .string(Engine.version),
    "description":
      "Trains and queries variational autoencoders over JSON-RPC 2.0, one message per line, on stdin and stdout.",
    "license": ["name": "Apache-2.0"],
    "x-protocol": 1,
  ]

  private static let notifications: [JSON] = [
    [
      "name": "$/progress",
      "summary":
        "Reports the progress of a call with \"progress\": true, at most ten times a second, and the end of a background run.",
      "params": progress.json,
    ]
  ]

  /// The parameters of `$/progress`: the request's id, and the engine's report.
  private static var progress: Schema {
    let own = Progress.replySchema.json
    let id: JSON = ["type": ["string", "number"], "description": "Id of the request."]
    let members: [JSON.Member]
    if case .object(let known) = own["properties"] { members = known } else { members = [] }
    return Schema(
      "progress",
      [
        "type": "object", "properties": .object([JSON.Member("id", id)] + members),
        "additionalProperties": false,
        "required": .array(["id"] + (own["required"]?.elements ?? [])),
      ])
  }

  private static func reference(to kind: Fault.Kind) -> JSON {
    ["$ref": .string("#/components/errors/\(kind.rawValue)")]
  }

  private static func describe(_ method: Method, _ examples: [JSON]) -> JSON {
    var members: [JSON.Member] = [
      JSON.Member("name", .string(method.name)),
      JSON.Member("summary", .string(method.summary)),
      JSON.Member("tags", [["name": .string(String(method.name.prefix { $0 != "." }))]]),
      JSON.Member("paramStructure", "by-name"),
      JSON.Member("params", .array(descriptors(of: method.params))),
      JSON.Member("result", ["name": "result", "schema": method.reply.json]),
      JSON.Member("errors", .array(method.faults.map(reference))),
    ]
    if !examples.isEmpty { members.append(JSON.Member("examples", .array(examples))) }
    return .object(members)
  }

  /// Returns each parameter by its name, with its schema.
  private static func descriptors(of params: Schema) -> [JSON] {
    guard case .object(let properties) = params.json["properties"] else { return [] }
    let required = params.json["required"]?.elements ?? []
    return properties.map { property in
      guard case .object(let members) = property.value else { return .null }
      let name = JSON.string(property.name)
      return [
        "name": name, "summary": property.value["description"] ?? "",
        "required": .bool(required.contains(name)),
        "schema": .object(members.filter { $0.name != "description" }),
      ]
    }
  }

  /// The recorded calls of each method, as OpenRPC example pairings.
  private static var examples: [String: [JSON]] {
    var examples: [String: [JSON]] = [:]
    for line in recordedExamples.split(separator: "\n") {
      guard let call = try? JSON(parsing: line), let method = call["method"]?.text else { continue }
      var params: [JSON] = []
      if case .object(let members) = call["params"] {
        params = members.map { ["name": .string($0.name), "value": $0.value] }
      }
      examples[method, default: []].append([
        "name": call["name"] ?? "recorded", "params": .array(params),
        "result": ["name": "result", "value": call["result"] ?? [:]],
      ])
    }
    return examples
  }
}

extension JSON {
  /// The components to which a schema, or a method's description, refers.
  var references: [String] {
    switch self {
    case .array(let elements): elements.flatMap(\.references)
    case .object(let members):
      members.flatMap { member in
        let prefix = "#/components/schemas/"
        if member.name == "$ref", let text = member.value.text, text.hasPrefix(prefix) {
          return [String(text.dropFirst(prefix.count))]
        }
        return member.name == "examples" ? [] : member.value.references
      }
    default: []
    }
  }
}
