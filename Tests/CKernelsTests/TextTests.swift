import CKernels
import Testing

@Suite struct Texts {
  static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Groups within one vector, across two, and in the remainder.
  static let groups = 40

  static let text = (0..<4 * groups).map { CChar(alphabet[$0 * 37 % 64]) }

  @Test func everyCharacterAtEveryPlace() {
    for shift in 0..<64 {
      let text = (0..<4 * Self.groups).map { CChar(Self.alphabet[($0 * 5 + shift) % 64]) }
      var bytes = [UInt8](repeating: 0, count: 3 * Self.groups)
      #expect(elbo_base64_decode(Self.groups, text, &bytes) == Self.groups)
      for group in 0..<Self.groups {
        var word = 0
        for place in 0..<4 { word = word << 6 | ((4 * group + place) * 5 + shift) % 64 }
        let expected = [UInt8(word >> 16), UInt8(word >> 8 & 255), UInt8(word & 255)]
        #expect(Array(bytes[3 * group..<3 * group + 3]) == expected)
      }
      var again = [CChar](repeating: 0, count: 4 * Self.groups)
      elbo_base64_encode(Self.groups, bytes, &again)
      #expect(again == text)
    }
  }

  @Test func anyOtherByteStopsAtItsGroup() {
    for place in 0..<4 * Self.groups {
      for byte in UInt8.min...UInt8.max where !Self.alphabet.contains(byte) {
        var text = Self.text
        text[place] = CChar(bitPattern: byte)
        var bytes = [UInt8](repeating: 0, count: 3 * Self.groups)
        let done = elbo_base64_decode(Self.groups, text, &bytes)
        if done != place / 4 { Issue.record("byte \(byte) at \(place): \(done) groups") }
      }
    }
  }

  @Test func nothingIsTouchedBehindTheEnd() {
    for groups in 0..<Self.groups {
      var bytes = [UInt8](repeating: 7, count: 3 * groups + 64)
      #expect(elbo_base64_decode(groups, Self.text, &bytes) == groups)
      #expect(bytes[(3 * groups)...].allSatisfy { $0 == 7 })
      var text = [CChar](repeating: 7, count: 4 * groups + 64)
      elbo_base64_encode(groups, bytes, &text)
      #expect(text[(4 * groups)...].allSatisfy { $0 == 7 })
      #expect(Array(text[..<(4 * groups)]) == Array(Self.text[..<(4 * groups)]))
    }
  }

  @Test func plainEndsAtTheFirstByteThatIsNot() {
    for length in [0, 1, 63, 64, 65, 127, 128, 200] {
      let plain = [UInt8](repeating: UInt8(ascii: "~"), count: length)
      #expect(elbo_plain_prefix(length, plain) == length)
      for place in 0..<length {
        for byte in UInt8.min...UInt8.max {
          var text = plain
          text[place] = byte
          let isPlain = (0x20...0x7E).contains(byte) && byte != 0x22 && byte != 0x5C
          let prefix = elbo_plain_prefix(length, text)
          if prefix != (isPlain ? length : place) {
            Issue.record("byte \(byte) at \(place) of \(length): \(prefix)")
          }
        }
      }
    }
  }
}
