import CKernels

extension JSON {
  /// The value as one line of strict JSON, without the newline.
  ///
  /// Numbers have the shortest form that reads back unchanged in their own type; those that are not
  /// finite become the strings "NaN", "Infinity" and "-Infinity". (jansson writes `%.17g`, at a
  /// third of the speed.)
  package var line: String { String(decoding: bytes, as: UTF8.self) }

  package var bytes: [UInt8] {
    var out: [UInt8] = []
    write(to: &out)
    return out
  }

  /// The maximum number of bytes of its text, not counting escapes.
  package var textBound: Int {
    switch self {
    case .string(let text): text.utf8.count + 2
    case .array(let elements): elements.reduce(2) { $0 + $1.textBound + 1 }
    case .floats(let values): 2 + 16 * values.count
    case .object(let members):
      members.reduce(2) { $0 + $1.name.utf8.count + 4 + $1.value.textBound }
    default: 26
    }
  }

  package func write(to out: inout [UInt8]) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
    case .int(let value): out.append(contentsOf: value.description.utf8)
    case .real(let value): Self.write(value, to: &out)
    case .float(let value): Self.write(value, to: &out)
    case .string(let text): Self.write(text, to: &out)
    case .array(let elements):
      Self.list(elements, between: "[", "]", to: &out) { $0.write(to: &$1) }
    case .floats(let values):
      Self.list(values, between: "[", "]", to: &out) { Self.write($0, to: &$1) }
    case .object(let members):
      Self.list(members, between: "{", "}", to: &out) { member, out in
        Self.write(member.name, to: &out)
        out.append(UInt8(ascii: ":"))
        member.value.write(to: &out)
      }
    }
  }

  private static func list<T>(
    _ items: [T], between open: Unicode.Scalar, _ close: Unicode.Scalar, to out: inout [UInt8],
    _ write: (T, inout [UInt8]) -> Void
  ) {
    out.append(UInt8(ascii: open))
    for (position, item) in items.enumerated() {
      if position > 0 { out.append(UInt8(ascii: ",")) }
      write(item, &out)
    }
    out.append(UInt8(ascii: close))
  }

  private static func write<F: BinaryFloatingPoint & CustomStringConvertible>(
    _ value: F, to out: inout [UInt8]
  ) {
    if value.isFinite {
      out.append(contentsOf: value.description.utf8)
    } else {
      let name = value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\""
      out.append(contentsOf: name.utf8)
    }
  }

  private static func write(_ text: String, to out: inout [UInt8]) {
    var text = text
    text.withUTF8 { bytes in
      // Reserved at once, since doubling would copy a long text.
      if bytes.count > 1 << 12 { out.reserveCapacity(out.count + bytes.count + 64) }
      out.append(UInt8(ascii: "\""))
      var rest = bytes
      while let base = rest.baseAddress, !rest.isEmpty {
        let plain = elbo_plain_prefix(rest.count, base)
        out.append(contentsOf: UnsafeBufferPointer(rebasing: rest[..<plain]))
        guard plain < rest.count else { break }
        escape(rest[plain], to: &out)
        rest = UnsafeBufferPointer(rebasing: rest[(plain + 1)...])
      }
      out.append(UInt8(ascii: "\""))
    }
  }

  private static func escape(_ byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(contentsOf: [0x5C, byte])
    case 0x0A: out.append(contentsOf: "\\n".utf8)
    case 0x0D: out.append(contentsOf: "\\r".utf8)
    case 0x09: out.append(contentsOf: "\\t".utf8)
    case 0..<0x20:
      out.append(contentsOf: "\\u00".utf8)
      out.append(contentsOf: [hexadecimal(byte >> 4), hexadecimal(byte & 15)])
    default: out.append(byte)
    }
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? 0x30 + digit : 0x61 + digit - 10
  }
}
