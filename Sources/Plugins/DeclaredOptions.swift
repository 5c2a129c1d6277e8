import CPlugin
import Declarations
import Glibc
import JSON

/// The options that a plug-in's module declares, as fields of values that are known only at run
/// time.
///
/// The same code checks, documents, saves and reads them as for the built-in modules.
struct DeclaredOptions: Sendable {
  let fields: [Field<OptionValues>]
  let presets: OptionValues

  var names: [String] { fields.map(\.name) }

  /// Throws `plugin` if the declaration is invalid.
  init(_ base: UnsafePointer<elbo_option>?, _ count: Int64) throws(Fault) {
    var fields: [Field<OptionValues>] = []
    var presets = OptionValues()
    for (index, option) in try Reading.elements(base, count, "options").enumerated() {
      try within("options[\(index)]") { () throws(Fault) in
        let name = try Reading.name(option.name, "name")
        guard name != "type", !fields.contains(where: { $0.name == name }) else {
          throw Reading.misfit("name", "a name that no other option has, and not type", name)
        }
        let (field, preset) = try Self.declare(option, name, index)
        fields.append(field)
        presets.values.append(preset)
      }
    }
    self.fields = fields
    self.presets = presets
  }

  /// Decodes the members of a module. Throws what the built-in modules throw.
  func values(_ members: [JSON.Member]) throws(Fault) -> OptionValues {
    var values = presets
    try fields.read(members, besides: ["type"], into: &values)
    return values
  }

  /// Returns the module as JSON: its type, followed by its options.
  func json(_ type: String, _ values: OptionValues) -> JSON {
    guard case .object(let members) = fields.json(of: values) else { return .null }
    return .object([JSON.Member("type", .string(type))] + members)
  }

  /// Returns the examples, with presets for the options that they leave out. Throws `plugin`.
  func examples(
    _ base: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int64
  ) throws(Fault) -> [OptionValues] {
    let texts = try Reading.texts(base, count, "examples")
    return try (texts.isEmpty ? ["{}"] : texts).enumerated().map { (index, text) throws(Fault) in
      do throws(Fault) {
        guard case .object(let members) = try JSON(parsing: text) else {
          throw .misfit(expected: "an object of options", got: try JSON(parsing: text))
        }
        return try values(members)
      } catch {
        var fault = error.within("examples[\(index)]")
        fault.kind = .plugin
        throw fault
      }
    }
  }

  private static func declare(
    _ option: elbo_option, _ name: String, _ index: Int
  ) throws(Fault) -> (Field<OptionValues>, JSON) {
    guard let presence = Presence(rawValue: option.presence) else {
      throw Reading.misfit("presence", "0, 1 or 2", "\(option.presence)")
    }
    let summary = try Reading.text(option.summary, "summary")
    let preset: JSON
    let schema: Schema
    let check: @Sendable (JSON) throws(Fault) -> JSON
    switch UInt32(bitPattern: option.kind) {
    case ELBO_INTEGER.rawValue:
      preset = .int(Int(option.preset.integer))
      (schema, check) = number(try bounds(option) { Int(exactly: $0) })
    case ELBO_NUMBER.rawValue:
      preset = .real(option.preset.number)
      (schema, check) = number(try bounds(option) { Double($0) })
    case ELBO_BOOLEAN.rawValue:
      preset = .bool(option.preset.integer != 0)
      schema = Bool.schema
      check = { (json) throws(Fault) in try Bool(json: json).json }
    case ELBO_TEXT.rawValue:
      preset = presence == .preset ? .string(try Reading.text(option.preset.text, "preset")) : .null
      (schema, check) = text(try Reading.texts(option.choices, option.choice_count, "choices"))
    default:
      throw Reading.misfit("kind", "a kind of option from 1 to 4", "\(option.kind)")
    }
    if presence == .preset {
      do throws(Fault) { _ = try check(preset) } catch {
        throw Reading.misfit("preset", schema.phrase, preset.line)
      }
    }
    let start = presence == .preset ? preset : .null
    let field = Field<OptionValues>(
      name, summary, schema, required: presence == .required, optional: presence == .optional,
      preset: start,
      read: { (json, root) throws(Fault) in root.values[index] = try check(json) },
      write: { $0.values[index] })
    return (field, start)
  }

  private enum Presence: Int32 {
    case preset = 0
    case required = 1
    case optional = 2
  }

  private static func bounds<Value>(
    _ option: elbo_option, _ convert: (Double) -> Value?
  ) throws(Fault) -> Bounds<Value> {
    let flags = UInt32(bitPattern: option.bounds)
    let (from, above) = (flags & ELBO_FROM.rawValue != 0, flags & ELBO_ABOVE.rawValue != 0)
    let to = flags & ELBO_TO.rawValue != 0
    guard flags < 8, !(from && above) else {
      throw Reading.misfit("bounds", "ELBO_FROM or ELBO_ABOVE, and ELBO_TO", "\(option.bounds)")
    }
    let minimum = from || above ? convert(option.minimum) : nil
    let maximum = to ? convert(option.maximum) : nil
    guard (from || above) == (minimum != nil), to == (maximum != nil) else {
      throw Reading.misfit(
        "bounds", "bounds of the option's kind", "\(option.minimum) and \(option.maximum)")
    }
    if let minimum, let maximum, !(minimum <= maximum) {
      throw Reading.misfit(
        "bounds", "a minimum up to the maximum", "\(option.minimum) and \(option.maximum)")
    }
    return Bounds(minimum: minimum, maximum: maximum, isOpen: above)
  }

  private static func number<Value: JSONForm & Comparable>(
    _ bounds: Bounds<Value>
  ) -> (Schema, @Sendable (JSON) throws(Fault) -> JSON) {
    let schema = bounds.narrowing(Value.schema)
    return (
      schema,
      { (json) throws(Fault) in
        let value: Value
        do throws(Fault) { value = try Value(json: json) } catch {
          throw .misfit(expected: schema.phrase, got: json)
        }
        guard bounds.contains(value) else { throw .misfit(expected: schema.phrase, got: json) }
        return value.json
      }
    )
  }

  private static func text(
    _ choices: [String]
  ) -> (Schema, @Sendable (JSON) throws(Fault) -> JSON) {
    let words = choices.map { "\"\($0)\"" }.joined(separator: ", ")
    let schema =
      choices.isEmpty
      ? Schema("a string without NUL", ["type": "string"])
      : Schema(
        "one of \(words)", ["type": "string", "enum": .array(choices.map { .string($0) })])
    return (
      schema,
      { (json) throws(Fault) in
        let isAllowed = json.text.map { text in
          choices.isEmpty ? !text.utf8.contains(0) : choices.contains(text)
        }
        guard isAllowed == true else {
          throw .misfit(
            expected: schema.phrase, got: json,
            hint: json.text.flatMap { suggestion(for: $0, among: choices) })
        }
        return json
      }
    )
  }
}

/// The values of a module's options, in the order of their declaration; null for an option that is
/// not given.
struct OptionValues: Sendable, Equatable {
  var values: [JSON] = []

  /// Passes the values in the interface's form; they are valid while `body` runs.
  func handedOver<R>(_ body: (UnsafePointer<elbo_value>) throws(Fault) -> R) throws(Fault) -> R {
    var texts: [UnsafeMutablePointer<CChar>?] = []
    defer { for text in texts { free(text) } }
    let handed = UnsafeMutablePointer<elbo_value>.allocate(capacity: max(1, values.count))
    defer { handed.deallocate() }
    for (index, json) in values.enumerated() {
      var value = elbo_value()
      value.is_given = 1
      switch json {
      case .null: value.is_given = 0
      case .bool(let flag): value.integer = flag ? 1 : 0
      case .int(let integer): value.integer = Int64(integer)
      case .real(let number): value.number = number
      case .string(let text):
        texts.append(strdup(text))
        value.text = UnsafePointer(texts[texts.count - 1])
      default: break
      }
      handed[index] = value
    }
    return try body(handed)
  }
}
