import JSON

/// Base64 with the standard alphabet and padding (RFC 4648, section 4), strict both ways.
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")

  /// Two characters for every 12 bits.
  private static let pairs: [UInt16] = (0..<4096).map { bits in
    UInt16(alphabet[bits >> 6]) | UInt16(alphabet[bits & 63]) << 8
  }

  /// The bits of a character at each of the four places of a group; the highest bit where it is none of the alphabet.
  ///
  /// The bytes of a group come out lowest first, so that one store writes them.
  private static let places: [UInt32] = {
    var places = [UInt32](repeating: 1 << 31, count: 4 * 256)
    for (bits, character) in alphabet.enumerated() {
      for place in 0..<4 {
        let word = UInt32(bits) << UInt32(18 - 6 * place)
        places[place * 256 + Int(character)] =
          word >> 16 & 0xFF | word & 0xFF00 | (word & 0xFF) << 16
      }
    }
    return places
  }()

  public static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
    let groups = bytes.count / 3
    let rest = bytes.count - groups * 3
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { out in
      pairs.withUnsafeBufferPointer { pairs in
        guard var from = bytes.baseAddress, let start = out.baseAddress else { return }
        var into = UnsafeMutableRawPointer(start)
        for _ in 0..<groups {
          let high = UInt32(from.load(as: UInt8.self)) &<< 16
          let middle = UInt32(from.load(fromByteOffset: 1, as: UInt8.self)) &<< 8
          let word = high | middle | UInt32(from.load(fromByteOffset: 2, as: UInt8.self))
          let four = UInt32(pairs[Int(word &>> 12)]) | UInt32(pairs[Int(word & 4095)]) &<< 16
          into.storeBytes(of: four, as: UInt32.self)
          from += 3
          into += 4
        }
      }
      if rest > 0 {
        let word = Int(bytes[3 * groups]) << 16 | (rest > 1 ? Int(bytes[3 * groups + 1]) << 8 : 0)
        out[4 * groups] = alphabet[word >> 18]
        out[4 * groups + 1] = alphabet[word >> 12 & 63]
        out[4 * groups + 2] = rest > 1 ? alphabet[word >> 6 & 63] : padding
        out[4 * groups + 3] = padding
      }
      return out.count
    }
  }

  public static func encode<T: BitwiseCopyable>(_ values: [T]) -> String {
    values.withUnsafeBytes { encode($0) }
  }

  /// The values whose bytes `text` holds. Throws `params`, with the offset of the character at fault.
  public static func decode<T: BitwiseCopyable>(_ text: String, as type: T.Type = UInt8.self)
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

  /// Fills `out`, whose room is at least 3 bytes a whole group less the padding; the offset of what is wrong, if anything.
  private static func decode(
    _ text: UnsafeBufferPointer<UInt8>, _ tail: Int, into out: UnsafeMutableRawBufferPointer
  ) -> Int? {
    let bytes = text.count / 4 * 3 - tail
    // The last group is done apart: it may be padded, and a store of four bytes would pass the end.
    let whole = max(0, text.count / 4 - 1)
    return places.withUnsafeBufferPointer { places in
      guard let first = places.baseAddress, var from = text.baseAddress,
        var into = out.baseAddress
      else { return nil }
      let second = first + 256
      let third = first + 512
      let fourth = first + 768
      var wrong: UInt32 = 0
      for _ in 0..<whole {
        let word =
          first[Int(from[0])] | second[Int(from[1])] | third[Int(from[2])] | fourth[Int(from[3])]
        wrong |= word
        into.storeBytes(of: word, as: UInt32.self)
        from += 4
        into += 3
      }
      if wrong >> 31 != 0 {
        return text.firstIndex { places[Int($0)] >> 31 != 0 }
      }
      guard text.count > 0 else { return nil }
      var word: UInt32 = 0
      for place in 0..<4 - tail {
        word |= places[place * 256 + Int(text[4 * whole + place])]
        if word >> 31 != 0 { return 4 * whole + place }
      }
      for byte in 0..<3 - tail { out[3 * whole + byte] = UInt8(word >> (8 * byte) & 0xFF) }
      // Bits beyond the last byte: two texts would stand for the same bytes.
      let left = word >> (8 * (3 - tail))
      return 3 * whole + 3 - tail == bytes && left == 0 ? nil : text.count - tail - 1
    }
  }

  private static func fault(_ expected: String, _ got: String) -> Fault {
    Fault(
      .params, "expected base64 (\(expected)), got \(got)", expected: "base64: \(expected)",
      got: got)
  }
}
