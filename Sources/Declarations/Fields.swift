import JSON

/// The members of a struct, or of a plug-in's module, whose members are known only at run time.
extension Array {
  /// Decodes `members` into a root that holds the presets; names in `known` belong to someone else.
  public func read<Root>(
    _ members: [JSON.Member], besides known: [String] = [], into root: inout Root
  ) throws(Fault) where Element == Field<Root> {
    for member in members where !known.contains(member.name) {
      guard let field = first(where: { $0.name == member.name }) else {
        throw Self.stranger(member, known: known + map(\.name))
      }
      if member.value == .null, !field.isRequired { continue }
      try within(member.name) { () throws(Fault) in try field.read(member.value, &root) }
    }
    for field in self where field.isRequired {
      guard members.contains(where: { $0.name == field.name }) else {
        throw .misfit(
          expected: field.schema.phrase, got: "nothing", at: field.name,
          hint: "add \"\(field.name)\"")
      }
    }
  }

  private static func stranger(_ member: JSON.Member, known: [String]) -> Fault {
    let names = known.joined(separator: ", ")
    return Fault(
      .params, "no such member", path: member.name,
      expected: known.isEmpty ? "no members" : "one of \(names)",
      got: member.value.excerpt,
      hint: suggestion(for: member.name, among: known)
        ?? (known.isEmpty ? "no members are allowed here" : "the members are \(names)"))
  }

  /// Returns the members in the order of their declaration, without absent ones.
  public func json<Root>(of root: Root) -> JSON where Element == Field<Root> {
    .object(
      compactMap { field in
        let value = field.write(root)
        return value == .null ? nil : JSON.Member(field.name, value)
      })
  }

  /// Returns the schema of parameters, in which members that must be given are required; or of a
  /// reply, in which those that are always there are required.
  public func schema<Root>(isReply: Bool = false) -> Schema where Element == Field<Root> {
    let required = filter { $0.isRequired || isReply && !$0.isOptional }
    let properties = map {
      JSON.Member($0.name, (isReply ? $0.replyDescribed : $0.described).json)
    }
    let schema = Schema(
      "an object",
      [
        "type": "object",
        "properties": .object(properties),
        "additionalProperties": false,
      ])
    if required.isEmpty { return schema }
    return schema.adding(JSON.Member("required", .array(required.map { .string($0.name) })))
  }
}
