import Declarations
import JSON

/// `engine.modules`: the registered parts.
enum EngineModules: Command {
  static let method = "engine.modules"
  static let effect = Effect.reads
  static let summary =
    "The parts that models, trainers, data and distributions are made of, with their options."

  struct Params: Described {
    var kind: KindName?
    static let fields: [Field<Params>] = [
      Field("kind", \.kind, "Only the parts of this kind; without it, all.")
    ]
  }

  struct Reply: Described {
    var modules: [ModuleSummary] = []
    static let fields: [Field<Reply>] = [Field("modules", \.modules, "By kind, then by type.")]
  }

  static func run(_ params: Params, in: Session, _: Call) throws(Fault) -> Reply {
    let chosen = kinds.filter { params.kind == nil || $0.kind == params.kind?.name }
    return Reply(modules: chosen.flatMap { kind in kind.parts.map { ModuleSummary(kind, $0) } })
  }
}

/// What is known of a registered part.
struct ModuleSummary: Described {
  var kind = ""
  var type = ""
  var summary = ""
  var options = Schema("an object", [:])

  init() {}

  init(_ catalogue: Catalogue, _ part: Catalogue.Part) {
    kind = catalogue.kind
    type = part.type
    summary = part.summary
    options = part.options
  }

  static let fields: [Field<ModuleSummary>] = [
    Field("kind", \.kind, "What it is: layer, optimizer, …"),
    Field("type", \.type, "Its name, which stands as \"type\" beside the options."),
    Field("summary", \.summary, "What it does."),
    Field(
      "options", \.options,
      "JSON Schema of the object; #/components/schemas/… stand in the document of rpc.discover."),
  ]
}

/// The name of a kind of parts.
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
