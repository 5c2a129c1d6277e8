import JSON
import Synchronization

/// The parts of one kind. Each part is one row.
///
/// It is open until it is first read, so that a program or a plug-in can add its own parts before a
/// session begins; after that its rows are fixed. Any thread may use it.
public final class Registry<Product: Sendable>: Sendable {
  /// One type: its name, its documentation and its decoder.
  public struct Row: Sendable {
    public let type: String
    public let summary: String
    public let schema: Schema
    public let examples: [JSON]
    let decode: @Sendable ([JSON.Member]) throws(Fault) -> Part<Product>

    /// Makes a row for `module`; `product` converts the module to the registry's product, usually
    /// `{ $0 }`.
    public static func module<M: Module>(
      _ module: M.Type, _ product: @escaping @Sendable (M) -> Product
    ) -> Row {
      Row(M.type, M.summary, options: M.schema, examples: M.examples.map(\.tagged)) {
        (members) throws(Fault) in
        let module = try M(members: members, besides: ["type"])
        return Part(module, as: product(module))
      }
    }

    /// Makes a row whose options are known only at run time. `decode` receives the members,
    /// including `type`.
    public init(
      _ type: String, _ summary: String, options: Schema, examples: [JSON],
      decode: @escaping @Sendable ([JSON.Member]) throws(Fault) -> Part<Product>
    ) {
      (self.type, self.summary, self.examples, self.decode) = (type, summary, examples, decode)
      var schema = options
      if let place = schema.members.firstIndex(where: { $0.name == "properties" }),
        case .object(let options) = schema.members[place].value
      {
        let type = JSON.Member("type", ["const": .string(type)])
        schema.members[place].value = .object([type] + options)
      }
      let required = schema.json["required"]?.elements ?? []
      schema.members.removeAll { $0.name == "required" }
      schema.members.append(JSON.Member("required", .array(["type"] + required)))
      self.schema = schema
    }
  }

  /// The word for one of them, such as "layer" or "optimizer".
  public let kind: String
  /// Returns what to write in place of a text or a list that is no part; nil for no advice.
  private let wayOut: @Sendable (JSON) -> String?
  private let content: Mutex<Content>

  private struct Content: Sendable {
    var rows: [Row]
    var isRead = false
  }

  /// A registry of this kind with these types; `wayOut` returns a hint for what is no object.
  public init(
    _ kind: String, _ rows: [Row], wayOut: @escaping @Sendable (JSON) -> String? = { _ in nil }
  ) {
    self.wayOut = wayOut
    let names = rows.map(\.type)
    precondition(Set(names).count == names.count, "two \(kind)s of one name: \(names)")
    self.kind = kind
    content = Mutex(Content(rows: rows))
  }

  /// All parts. Reading them closes the registry.
  public var rows: [Row] {
    content.withLock { content in
      content.isRead = true
      return content.rows
    }
  }

  /// Returns one part of every type, from the first of its examples: benchmarks and tests of all
  /// parts need no list of their own. Throws the errors of decoding an example.
  public func samples() throws(Fault) -> [Product] {
    var samples: [Product] = []
    for row in rows {
      guard let example = row.examples.first else { continue }
      samples.append(try decode(example).product)
    }
    return samples
  }

  /// Returns whether there is a part of this type; the registry stays open.
  public func holds(_ type: String) -> Bool {
    content.withLock { $0.rows.contains { $0.type == type } }
  }

  /// Adds a part. Throws `nameInUse` if the type exists, and `wrongState` once the registry has
  /// been read.
  public func add(_ row: Row) throws(Fault) {
    let fault: Fault? = content.withLock { content in
      if content.isRead {
        return Fault(
          .wrongState,
          "the \(kind) \"\(row.type)\" was added too late: \(kind)s are in use already",
          expected: "every \(kind) added before the first session", got: row.type,
          hint: "add it at the beginning of the program")
      }
      if content.rows.contains(where: { $0.type == row.type }) {
        return Fault(
          .nameInUse, "the \(kind) \"\(row.type)\" exists already",
          expected: "a name not yet used",
          got: row.type, hint: "rename it: two \(kind)s cannot have one name")
      }
      content.rows.append(row)
      content.rows.sort { $0.type.lowercased() < $1.type.lowercased() }
      return nil
    }
    if let fault { throw fault }
  }

  /// Decodes `{"type": …, options}`, or the type alone as a string. Throws `params`.
  public func decode(_ json: JSON) throws(Fault) -> Part<Product> {
    let rows = rows
    let names = rows.map(\.type)
    let expected = "\(withArticle(kind)): {\"type\": one of \(names.joined(separator: ", ")), …}"
    guard case .object(let members) = json else {
      var fault = Fault.misfit(expected: expected, got: json)
      if let name = json.text, names.contains(name) {
        fault.hint = "write {\"type\": \"\(name)\"}"
      } else {
        fault.hint = wayOut(json)
      }
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
        hint: type.text.flatMap { suggestion(for: $0, among: names) } ?? "known: \(list)")
    }
    return try row.decode(members)
  }
}
