import JSON

/// A registered part (a layer, an optimizer, a source, …): its type's name, a summary, and its
/// options as members.
public protocol Module: Described {
  /// The name on the wire, such as "dense".
  static var type: String { get }
  /// One sentence, with the equation if there is one.
  static var summary: String { get }
  /// Examples for the documentation, which are also test cases.
  static var examples: [Self] { get }
}

extension Module {
  public static var examples: [Self] { [Self()] }

  /// The options with the type before them, as in a log and in a saved file.
  public var tagged: JSON {
    guard case .object(let members) = json else { return json }
    return .object([JSON.Member("type", .string(Self.type))] + members)
  }
}

/// A decoded part: its product, and the JSON that makes it again.
public struct Part<Product: Sendable>: Sendable {
  /// The part itself.
  public let product: Product
  /// The name of its type.
  public let type: String
  /// Computed on demand: for an array in a request it is as long as the request.
  public var json: JSON { make() }
  private let make: @Sendable () -> JSON

  /// A part of a type, with the document that it was decoded from or that decodes to it.
  public init(
    _ product: Product, type: String, _ json: @autoclosure @escaping @Sendable () -> JSON
  ) {
    (self.product, self.type) = (product, type)
    make = json
  }

  /// A part that is a module; `product` is the same, as the kind's protocol.
  public init<M: Module>(_ module: M, as product: Product) {
    self.init(product, type: M.type, module.tagged)
  }
}

/// A kind of parts, which names its registry.
public protocol Kind: Sendable {
  /// The protocol that all parts of the kind meet.
  associatedtype Product: Sendable
  /// The word for one of them, such as "layer" or "optimizer".
  static var name: String { get }
  /// All parts of the kind.
  static var registry: Registry<Product> { get }
}

/// The choice of one part of a kind, as a member of a described struct.
public struct Choice<K: Kind>: JSONForm {
  /// The part with its document.
  public let part: Part<K.Product>
  /// The part itself.
  public var product: K.Product { part.product }

  /// Chooses a part that was decoded.
  public init(_ part: Part<K.Product>) { self.part = part }

  /// Chooses a module; `product` upcasts it to the kind's protocol.
  public init<M: Module>(_ module: M, _ product: (M) -> K.Product) {
    part = Part(module, as: product(module))
  }

  public init(json: JSON) throws(Fault) { part = try K.registry.decode(json) }

  public var json: JSON { part.json }

  /// The name of the part's type.
  package var typeName: String { part.type }

  /// A reference, since layers may contain layers: the registry asks its parts for their schemas,
  /// so the schema must not ask the registry.
  public static var schema: Schema {
    Schema(withArticle(K.name), ["$ref": .string("#/components/schemas/\(K.name)")])
  }
}
