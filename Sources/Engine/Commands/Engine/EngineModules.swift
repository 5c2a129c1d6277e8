import Declarations
import JSON

/// `engine.modules`: lists the registered parts.
enum EngineModules: Command {
  static let method = "engine.modules"
  static let effect = Effect.reads
  static let summary =
    "Lists the modules that models, trainers, data sets and distributions are made of, with their options."

  struct Params: Described {
    var kind: KindName?
    static let fields: [Field<Params>] = [
      Field("kind", \.kind, "Only modules of this kind; all if left out.")
    ]
  }

  struct Reply: Answer {
    let modules: [ModuleSummary]
    static let members: [Member<Reply>] = [
      Member("modules", \.modules, "Modules, sorted by kind, then by type.")
    ]
  }

  static func run(_ params: Params, in: Session, _: Call) throws(Fault) -> Reply {
    let chosen = kinds.filter { params.kind == nil || $0.kind == params.kind?.name }
    return Reply(modules: chosen.flatMap { kind in kind.parts.map { ModuleSummary(kind, $0) } })
  }
}

/// One registered part in the reply.
struct ModuleSummary: Answer {
  let kind: String
  let type: String
  let summary: String
  let options: Schema

  init(_ catalogue: Catalogue, _ part: Catalogue.Entry) {
    kind = catalogue.kind
    type = part.type
    summary = part.summary
    options = part.options
  }

  static let members: [Member<ModuleSummary>] = [
    Member("kind", \.kind, "Kind of the module: layer, optimizer, …"),
    Member("type", \.type, "Type of the module, the value of \"type\" beside its options."),
    Member("summary", \.summary, "What the module does."),
    Member(
      "options", \.options,
      "JSON Schema of the module; #/components/schemas/… refer to the document of rpc.discover."),
  ]
}

/// A kind of parts, by name.
struct KindName: JSONForm {
  let name: String

  static let schema = Schema(
    "one of " + kinds.map { "\"\($0.kind)\"" }.joined(separator: ", "),
    ["type": "string", "enum": .array(kinds.map { .string($0.kind) })])

  init(json: JSON) throws(Fault) {
    let names = kinds.map(\.kind)
    guard let name = json.text, names.contains(name) else {
      var fault = Fault.misfit(expected: Self.schema.phrase, got: json)
      fault.hint = json.text.flatMap { suggestion(for: $0, among: names) }
      throw fault
    }
    self.name = name
  }

  var json: JSON { .string(name) }
}
