/// `engine.ping` in its usual spelling, recognised by its bytes.
///
/// A ping checks again and again, between other work, that the engine responds. Parsing its text
/// would take longer than the two system calls that it needs, so the spelling without parameters
/// and without escapes is recognised in place. Any other spelling is handled like all requests,
/// with the same reply.
enum PlainPing {
  /// Returns the id as written in `{"jsonrpc":"2.0","id":ID,"method":"engine.ping"}`, with or
  /// without spaces; nil for all other texts.
  static func id(in text: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>? {
    guard text.count <= 128 else { return nil }
    var rest = text[...]
    guard take("{", from: &rest), take("\"jsonrpc\"", from: &rest), take(":", from: &rest),
      take("\"2.0\"", from: &rest), take(",", from: &rest), take("\"id\"", from: &rest),
      take(":", from: &rest), let id = takeID(from: &rest), take(",", from: &rest),
      take("\"method\"", from: &rest), take(":", from: &rest),
      take("\"engine.ping\"", from: &rest), take("}", from: &rest), rest.isEmpty
    else { return nil }
    return id
  }

  /// Returns the reply to a ping.
  static func reply(to id: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
    var reply: [UInt8] = []
    reply.reserveCapacity(64)
    reply.append(contentsOf: "{\"jsonrpc\":\"2.0\",\"id\":".utf8)
    reply.append(contentsOf: id)
    reply.append(contentsOf: ",\"result\":{}}".utf8)
    return reply
  }

  /// Takes a token and the spaces after it.
  private static func take(
    _ token: StaticString, from rest: inout Slice<UnsafeRawBufferPointer>
  ) -> Bool {
    let count = token.utf8CodeUnitCount
    guard rest.count >= count else { return false }
    for place in 0..<count where rest[rest.startIndex + place] != token.utf8Start[place] {
      return false
    }
    rest = rest.dropFirst(count).drop { $0 == 0x20 }
    return true
  }

  /// Takes an integer, or a string of plain letters, which is written back unchanged.
  private static func takeID(
    from rest: inout Slice<UnsafeRawBufferPointer>
  ) -> Slice<UnsafeRawBufferPointer>? {
    let id: Slice<UnsafeRawBufferPointer>
    if rest.first == 0x22 {
      let letters = rest.dropFirst().prefix {
        (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C
      }
      id = rest[rest.startIndex..<min(letters.endIndex + 1, rest.endIndex)]
      guard id.count > letters.count + 1, id.last == 0x22 else { return nil }
    } else {
      id = rest.prefix { (0x30...0x39).contains($0) }
      // JSON has no leading zeros, and with more than 18 digits an integer may not fit.
      guard (1...18).contains(id.count), id.count == 1 || id.first != 0x30 else { return nil }
    }
    rest = rest[id.endIndex...].drop { $0 == 0x20 }
    return id
  }
}
