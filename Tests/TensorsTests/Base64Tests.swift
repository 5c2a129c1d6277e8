import JSON
import Tensors
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
