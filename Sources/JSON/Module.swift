/// A registered part (a layer, an optimizer, a source, …): its type's name, a sentence, and its options as members.
public protocol Module: Described {
  /// The name on the wire: "dense".
  static var type: String { get }
  /// One sentence, with the equation where there is one.
  static var summary: String { get }
  /// Documentation and test cases at once.
  static var examples: [Self] { get }
}

extension Module {
  public static var examples: [Self] { [Self()] }

  /// The options with the type before them: what stands in a log and in a saved file.
  public var tagged: JSON {
    guard case .object(let members) = json else { return json }
    return .object([JSON.Member("type", .string(Self.type))] + members)
  }
}

/// The parts of one kind. Adding a part is adding a row.
public struct Registry<Product: Sendable>: Sendable {
  public struct Row: Sendable {
    public let type: String
    public let summary: String
    public let schema: Schema
    public let examples: [JSON]
    let decode: @Sendable ([JSON.Member]) throws(Fault) -> Part<Product>

    /// A row for `module`; `product` is the widening to what the registry hands out, most often `{ $0 }`.
    public static func module<M: Module>(
      _ module: M.Type, _ product: @escaping @Sendable (M) -> Product
    ) -> Row {
      var schema = M.schema
      if let place = schema.members.firstIndex(where: { $0.name == "properties" }),
        case .object(let options) = schema.members[place].value
      {
        let type = JSON.Member("type", ["const": .string(M.type)])
        schema.members[place].value = .object([type] + options)
      }
      let required = schema.json["required"]?.elements ?? []
      schema.members.removeAll { $0.name == "required" }
      schema.members.append(JSON.Member("required", .array(["type"] + required)))
      return Row(
        type: M.type, summary: M.summary, schema: schema, examples: M.examples.map(\.tagged)
      ) { (members) throws(Fault) in
        let module = try M(members: members, besides: ["type"])
        return Part(product(module), module.tagged)
      }
    }
  }

  /// "layer", "optimizer": the word for one of them.
  public let kind: String
  public let rows: [Row]

  public init(_ kind: String, _ rows: [Row]) {
    let names = rows.map(\.type)
    precondition(Set(names).count == names.count, "two \(kind)s of one name: \(names)")
    self.kind = kind
    self.rows = rows
  }

  public func decode(_ json: JSON) throws(Fault) -> Part<Product> {
    let names = rows.map(\.type)
    let expected = "a \(kind): {\"type\": one of \(names.joined(separator: ", ")), …}"
    guard case .object(let members) = json else {
      var fault = Fault.misfit(expected: expected, got: json)
      if let name = json.text, names.contains(name) { fault.hint = "write {\"type\": \"\(name)\"}" }
      throw fault
    }
    guard let type = json["type"] else {
      throw Fault(
        .params, "expected \(expected), got an object without a type", path: "type",
        expected: expected, got: "nothing")
    }
    guard let name = type.text, let row = rows.first(where: { $0.type == name }) else {
      let list = names.joined(separator: ", ")
      throw Fault(
        .params, "no such \(kind): \(type.excerpt)", path: "type",
        expected: "one of \(list)", got: type.excerpt,
        hint: type.text.flatMap { suggestion(for: $0, among: names) } ?? "there are \(list)")
    }
    return try row.decode(members)
  }
}

/// A decoded part: what it makes, and the JSON that makes it again.
public struct Part<Product: Sendable>: Sendable {
  public let product: Product
  /// Made when it is asked for: of an array in a request it is as long as the request.
  public var json: JSON { make() }
  private let make: @Sendable () -> JSON

  public init(_ product: Product, _ json: @autoclosure @escaping @Sendable () -> JSON) {
    self.product = product
    make = json
  }
}

/// A kind of part: what names its registry.
public protocol Kind: Sendable {
  associatedtype Product: Sendable
  /// "layer", "optimizer": the word for one of them.
  static var name: String { get }
  static var registry: Registry<Product> { get }
}

/// A choice of one part of a kind, as a member of a described struct.
public struct Choice<K: Kind>: JSONForm {
  public let part: Part<K.Product>
  public var product: K.Product { part.product }

  public init(_ part: Part<K.Product>) { self.part = part }

  public init<M: Module>(_ module: M, _ product: (M) -> K.Product) {
    part = Part(product(module), module.tagged)
  }

  public init(json: JSON) throws(Fault) { part = try K.registry.decode(json) }

  public var json: JSON { part.json }

  /// By reference, since layers may hold layers: the registry, which asks its parts for their schemas, must not be asked here.
  public static var schema: Schema {
    Schema("a \(K.name)", ["$ref": .string("#/components/schemas/\(K.name)")])
  }
}
