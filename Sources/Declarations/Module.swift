import JSON

/// A registered part (a layer, an optimizer, a source, …): its type's name, a sentence, and its
/// options as members.
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

  /// By reference, since layers may hold layers: the registry, which asks its parts for their
  /// schemas, must not be asked here.
  public static var schema: Schema {
    Schema(withArticle(K.name), ["$ref": .string("#/components/schemas/\(K.name)")])
  }
}
