import Files
import JSON
import Tensors
import TestSupport
import Testing

@Suite struct Base64Texts {
  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func matchesThePublishedVectors(plain: String, text: String) throws {
    #expect(Base64.encode(Array(plain.utf8)) == text)
    #expect(try Base64.decode(text) == Array(plain.utf8))
  }

  @Test func everyByteAtEveryPlaceComesBack() throws {
    for length in 0..<70 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + length * 11) }
      #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
    }
    let all = (0..<3 * 256).map { UInt8($0 * 171 % 256) }
    #expect(try Base64.decode(Base64.encode(all)) == all)
  }

  /// Python: sha256(b"\\n".join(b64encode(bytes((i*i*7 + n*3 + i*n) % 256 for i in range(n))) for n
  /// in range(300))).hexdigest()
  @Test func matchesPythonAtEveryLength() throws {
    let bytes = (0..<300).map { (n: Int) -> [UInt8] in
      (0..<n).map { (i: Int) -> UInt8 in
        let value = i * i * 7 + n * 3 + i * n
        return UInt8(value % 256)
      }
    }
    let texts = bytes.map { Base64.encode($0) }
    #expect(
      SHA256.hex(Array(texts.joined(separator: "\n").utf8))
        == "b4ccb211b489f453744cdcbac5f91efc5b5ba408aabc4fd1a10d030dc9184ea1")
    for (bytes, text) in zip(bytes, texts) { #expect(try Base64.decode(text) == bytes) }
  }

  @Test func namesTheFirstCharacterThatIsNone() throws {
    for tail in 0...2 {
      let text = Array(Base64.encode([UInt8](repeating: 0xA5, count: 150 - tail)).utf8)
      for place in 0..<text.count - tail {
        for byte in UInt8.min...0x7F {
          var bad = text
          bad[place] = byte
          let isOfAlphabet =
            UnicodeScalar(byte).properties.isAlphabetic || (0x30...0x39).contains(byte)
            || byte == 0x2B || byte == 0x2F
          // The last character before the padding has bits that must be zero, and may be replaced
          // by padding.
          if isOfAlphabet || (byte == 0x3D && place >= text.count - 2) { continue }
          let fault = fault { _ = try Base64.decode(String(decoding: bad, as: UTF8.self)) }
          if fault?.message.hasSuffix(" at offset \(place)") != true {
            Issue.record("byte \(byte) at \(place): \(fault?.message ?? "accepted")")
          }
        }
      }
    }
  }

  @Test func floatsAreLittleEndian() throws {
    #expect(Base64.encode([1, -2] as [Float]) == "AACAPwAAAMA=")
    #expect(try Base64.decode("AACAPwAAAMA=", as: Float.self) == [1, -2])
  }

  @Test(arguments: [
    ("Zm9", "got 3 characters"), ("Zm 9", "\" \" at offset 2"), ("Zm9vY*==", "\"*\" at offset 5"),
    ("Zm9v\nZm9", "\"\\n\" at offset 4"), ("Zg==Zg==", "\"=\" at offset 2"),
    ("====", "\"=\" at offset 0"), ("Z===", "\"=\" at offset 1"), ("Zh==", "\"h\" at offset 1"),
    ("Zm9=", "\"9\" at offset 2"), ("Zm9-", "\"-\" at offset 3"), ("Zmü", "\"Ã\" at offset 2"),
  ])
  func refusesWithTheOffset(text: String, message: String) {
    let fault = fault { _ = try Base64.decode(text) }
    #expect(fault?.kind == .params)
    #expect(fault?.message.hasSuffix(message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func refusesHalfAFloat() {
    #expect(
      fault { _ = try Base64.decode("AACA", as: Float.self) }?.message.contains("3 bytes") == true)
  }
}
