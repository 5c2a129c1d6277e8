import JSON

/// Returns a parameter that its field declares as required, so that decoding has refused its
/// absence. Throws `params` if it is missing all the same.
func required<Value>(_ value: Value?, _ member: String) throws(Fault) -> Value {
  guard let value else {
    throw Fault(
      .params, "expected a value, got nothing", path: member, expected: "a value", got: "nothing",
      hint: "add \"\(member)\"")
  }
  return value
}
