import JSON

/// One member of a described struct.
public struct Field<Root>: Sendable {
  public let name: String
  public let summary: String
  public let schema: Schema
  /// The schema of the same member in a reply.
  public let replySchema: Schema
  /// Whether it must be given; in a reply, whether it is always there.
  public let isRequired: Bool
  /// Whether it may be absent from the written form.
  public let isOptional: Bool
  /// The faults of an allowed value, such as a name that refers to nothing.
  public let faults: [Fault.Kind]
  let read: @Sendable (JSON, inout Root) throws(Fault) -> Void
  let write: @Sendable (Root) -> JSON
  let preset: JSON

  /// The schema with its description and its default.
  public var described: Schema {
    let described = schema.adding(JSON.Member("description", .string(summary)))
    return isRequired || preset == .null
      ? described : described.adding(JSON.Member("default", preset))
  }

  /// The schema of a reply's member with its description.
  public var replyDescribed: Schema {
    replySchema.adding(JSON.Member("description", .string(summary)))
  }
}

extension Field {
  /// Makes a member that is known only at run time; `read` must fit the schema. `preset` is null if
  /// there is none.
  public init(
    _ name: String, _ summary: String, _ schema: Schema, required: Bool, optional: Bool,
    preset: JSON, faults: [Fault.Kind] = [],
    read: @escaping @Sendable (JSON, inout Root) throws(Fault) -> Void,
    write: @escaping @Sendable (Root) -> JSON
  ) {
    self.init(
      name: name, summary: summary, schema: schema, replySchema: schema, isRequired: required,
      isOptional: optional, faults: faults, read: read, write: write, preset: preset)
  }
}

extension Field where Root: Described {
  /// An option of any form. Throws `params` at decoding if it is `required` and missing.
  public init<Value: JSONForm>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    required: Bool = false, faults: [Fault.Kind] = []
  ) {
    self.init(name, path, summary, required, Value.schema, Value.replySchema, faults) { _ in true }
  }

  /// An option within bounds.
  public init<Value: JSONForm & Comparable>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    required: Bool = false, _ bounds: Bounds<Value>
  ) {
    let schema = bounds.narrowing(Value.schema)
    self.init(name, path, summary, required, schema, schema) { bounds.contains($0) }
  }

  /// An option within bounds, which may be absent.
  public init<Value: JSONForm & Comparable>(
    _ name: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, _ summary: String,
    required: Bool = false, _ bounds: Bounds<Value>
  ) {
    let schema = bounds.narrowing(Value.schema)
    self.init(name, path, summary, required, schema, schema) { $0.map(bounds.contains) ?? true }
  }

  private init<Value: JSONForm>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    _ required: Bool, _ schema: Schema, _ replySchema: Schema,
    _ faults: [Fault.Kind] = [],
    allows: @escaping @Sendable (Value) -> Bool
  ) {
    self.name = name
    self.summary = summary
    self.schema = schema
    self.replySchema = replySchema
    self.faults = faults
    isRequired = required
    isOptional = (Value.self as? any OptionalForm.Type) != nil
    preset = Root()[keyPath: path].json
    read = { (json, root) throws(Fault) in
      let value: Value
      do throws(Fault) { value = try Value(json: json) } catch {
        // The field's message knows the bounds; a nested fault knows the place better.
        throw error.path.isEmpty && error.kind == .params && error.hint == nil
          ? .misfit(expected: schema.phrase, got: json) : error
      }
      guard allows(value) else { throw .misfit(expected: schema.phrase, got: json) }
      root[keyPath: path] = value
    }
    write = { $0[keyPath: path].json }
  }

  /// Returns the members of a described struct, to be declared among those of the struct that
  /// contains it.
  public static func all<Inner: Described>(
    of path: any WritableKeyPath<Root, Inner> & Sendable
  ) -> [Field] {
    Inner.fields.map { $0.lifted(to: path) }
  }
}

extension Field where Root: Described {
  /// Returns the same member for a struct that contains this one.
  public func lifted<Outer: Described>(
    to path: any WritableKeyPath<Outer, Root> & Sendable
  ) -> Field<Outer> {
    let (read, write) = (self.read, self.write)
    return Field<Outer>(
      name: name, summary: summary, schema: schema, replySchema: replySchema,
      isRequired: isRequired, isOptional: isOptional, faults: faults,
      read: { (json, outer) throws(Fault) in try read(json, &outer[keyPath: path]) },
      write: { write($0[keyPath: path]) }, preset: write(Outer()[keyPath: path]))
  }
}
