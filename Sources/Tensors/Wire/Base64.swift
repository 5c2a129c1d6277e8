import CKernels
import Files
import JSON

/// Base64 with the standard alphabet and padding (RFC 4648, section 4), strict in both directions.
package enum Base64 {
  private static let padding = UInt8(ascii: "=")

  package static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
    let groups = bytes.count / 3
    let rest = bytes.count - groups * 3
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { out in
      guard let from = bytes.baseAddress, let into = out.baseAddress else { return 0 }
      encode(groups, from, into)
      if rest > 0 {
        // Encodes the last bytes as a separate group, whose end is padded.
        let last: [UInt8] = [bytes[3 * groups], rest > 1 ? bytes[3 * groups + 1] : 0, 0]
        last.withUnsafeBytes { encode(1, $0.baseAddress!, into + 4 * groups) }
        if rest == 1 { out[4 * groups + 2] = padding }
        out[4 * groups + 3] = padding
      }
      return out.count
    }
  }

  private static func encode(
    _ groups: Int, _ bytes: UnsafeRawPointer, _ text: UnsafeMutablePointer<UInt8>
  ) {
    elbo_base64_encode(groups, bytes, text)
  }

  package static func encode<T: BitwiseCopyable>(_ values: [T]) -> String {
    values.withUnsafeBytes { encode($0) }
  }

  /// Returns the values whose bytes `text` encodes. Throws `params` with the offset of the wrong
  /// character.
  package static func decode<T: BitwiseCopyable>(_ text: String, as type: T.Type = UInt8.self)
    throws(Fault) -> [T]
  {
    var text = text
    let length = text.utf8.count
    guard length % 4 == 0 else {
      throw fault("its length is a multiple of 4", "\(length) characters")
    }
    let tail = text.utf8.suffix(2).filter { $0 == padding }.count
    let bytes = length / 4 * 3 - tail
    let width = MemoryLayout<T>.stride
    guard bytes % width == 0 else {
      throw fault("a multiple of \(width) bytes", "\(bytes) bytes")
    }
    try Memory.require(bytes, for: "the decoded base64")
    var bad: Int?
    let values = [T](unsafeUninitializedCapacity: bytes / width) { buffer, count in
      bad = text.withUTF8 { decode($0, tail, into: UnsafeMutableRawBufferPointer(buffer)) }
      count = bad == nil ? bytes / width : 0
    }
    guard let bad else { return values }
    let character = text.utf8[text.utf8.index(text.utf8.startIndex, offsetBy: bad)]
    let shown = JSON.string(String(UnicodeScalar(character))).line
    throw fault("A–Z a–z 0–9 + / and = at the end, no bits left over", "\(shown) at offset \(bad)")
  }

  /// Fills `out`, which has 3 bytes for each group less the padding; returns the offset of the
  /// first error, if any.
  private static func decode(
    _ text: UnsafeBufferPointer<UInt8>, _ tail: Int, into out: UnsafeMutableRawBufferPointer
  ) -> Int? {
    // An empty text has no last group.
    guard !text.isEmpty, let from = text.baseAddress, let into = out.baseAddress else {
      return nil
    }
    // The last group is decoded separately, because it may be padded.
    let whole = text.count / 4 - 1
    let done = elbo_base64_decode(whole, from, into)
    guard done == whole else {
      return text[(4 * done)...].firstIndex { bits(of: $0) == nil }
    }
    var word: UInt32 = 0
    for place in 0..<4 {
      let character = text[4 * whole + place]
      let isPadding = place >= 4 - tail
      guard let bits = isPadding ? 0 : bits(of: character) else { return 4 * whole + place }
      word = word << 6 | UInt32(bits)
    }
    for byte in 0..<3 - tail { out[3 * whole + byte] = UInt8(word >> (16 - 8 * byte) & 0xFF) }
    // Refuses set bits after the last byte, so that only one text encodes given bytes.
    return word & (1 << (8 * tail) - 1) == 0 ? nil : text.count - tail - 1
  }

  /// Returns the six bits of a character of the alphabet.
  private static func bits(of character: UInt8) -> UInt8? {
    switch character {
    case 0x41...0x5A: character - 0x41
    case 0x61...0x7A: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }

  private static func fault(_ expected: String, _ got: String) -> Fault {
    Fault(
      .params, "expected base64 (\(expected)), got \(got)", expected: "base64: \(expected)",
      got: got)
  }
}
