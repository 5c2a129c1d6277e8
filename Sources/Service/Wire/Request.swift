import JSON

/// A JSON-RPC 2.0 request; without an id it is a notification, and gets no reply.
struct Request {
  var id: JSON?
  var method: String
  /// An object, an array, or null for none.
  var params: JSON

  /// Parses a message. Sets `id` to the id as far as it is known, for the reply to a message that
  /// is refused.
  init(_ message: JSON, id: inout JSON?) throws(Fault) {
    // A message that is not a request is refused with a null id, even if it looks like a
    // notification.
    id = .null
    guard case .object(let members) = message else {
      throw Self.refusal("expected a request object, got \(message.excerpt)", got: message.excerpt)
    }
    var version: JSON?
    var method: JSON?
    var params = JSON.null
    var given: JSON?
    for member in members {
      switch member.name {
      case "jsonrpc": version = member.value
      case "id": given = member.value
      case "method": method = member.value
      case "params": params = member.value
      default: break
      }
    }
    switch given {
    case nil, .null: break
    case .string, .int, .real, .float: id = given
    case .some(let other):
      throw Self.refusal(
        "expected a string, a number or null, got \(other.excerpt)", path: "id",
        expected: "a string, a number or null", got: other.excerpt)
    }
    guard version == .string("2.0") else {
      throw Self.refusal(
        "expected \"2.0\", got \(version?.excerpt ?? "nothing")", path: "jsonrpc",
        expected: "\"2.0\"", got: version?.excerpt ?? "nothing",
        hint: version == nil ? "add \"jsonrpc\": \"2.0\"" : nil)
    }
    guard case .string(let name) = method else {
      throw Self.refusal(
        "expected the name of a method, got \(method?.excerpt ?? "nothing")", path: "method",
        expected: "a string", got: method?.excerpt ?? "nothing")
    }
    switch params {
    case .object, .array, .null: break
    default:
      throw Self.refusal(
        "expected an object or an array, got \(params.excerpt)", path: "params",
        expected: "an object or an array", got: params.excerpt)
    }
    id = given
    self.id = given
    self.method = name
    self.params = params
  }

  private static func refusal(
    _ message: String, path: String = "", expected: String? = nil, got: String? = nil,
    hint: String? = nil
  ) -> Fault {
    Fault(
      .request, message, path: path, expected: expected ?? "a request object or a batch of them",
      got: got, hint: hint)
  }
}

extension JSON {
  /// Whether it is the response to a request, not a request.
  var isResponse: Bool {
    self["jsonrpc"] == .string("2.0") && self["method"] == nil && self["id"] != nil
      && (self["result"] != nil || self["error"] != nil)
  }

  /// The approximate number of bytes of the value in memory, for the bound on queued requests.
  var footprint: Int {
    let own = MemoryLayout<JSON>.stride
    return switch self {
    case .string(let text): own + text.utf8.count
    case .array(let elements): elements.reduce(own + 32) { $0 + $1.footprint }
    case .floats(let values): own + 32 + 4 * values.count
    case .object(let members):
      members.reduce(own + 32) { $0 + 16 + $1.name.utf8.count + $1.value.footprint }
    default: own
    }
  }
}
