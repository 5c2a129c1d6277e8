import JSON
import Testing

/// A long string behaves like a short one: the same values, and the same refusals at the right
/// positions.
@Suite struct LongStringsOfAText {
  /// `$` is replaced by a string of `count` characters; short ones go through jansson.
  static func text(_ template: String, _ count: Int) -> String {
    template.split(separator: "$", omittingEmptySubsequences: false)
      .joined(separator: String(repeating: "A", count: count))
  }

  static func outcome(_ text: String) -> Result<String, Fault> {
    Result { () throws(Fault) in try JSON(parsing: text).line }
  }

  @Test(arguments: [
    "\"$\"", "[\"$\"]", "{\"a\":\"$\"}", "{\"$\":1}", "{\"$\" \t: \"$\"}",
    "{\"k$\":\"a\",\"b\":[\"$B\",\"c\",{\"x$\":\"C$\"}],\"\":\"$\",\"e\":[[],\"\\u0000\",\"$D\"]}",
    "[\"\(String(repeating: "-", count: 64))\",\"$\",\"\(String(repeating: "-", count: 64))\"]",
    "[\"$\\n\",\"$ü\",\"ü$\",\"\\\"$\",\"$ ~\"]", " [ \"$\" , [ \"$\" ] ] ",
  ])
  func values(template: String) throws {
    let short = try JSON(parsing: Self.text(template, 100)).line
    let long = try JSON(parsing: Self.text(template, 5000)).line
    #expect(
      long
        == short.replacing(
          String(repeating: "A", count: 100), with: String(repeating: "A", count: 5000)))
  }

  @Test(arguments: [
    "\"$", "\"$\\", "\"$\"x", "[\"$\"", "[\"$\" \"$\"]", "[\"$\",]", "[1,]\"$\"", "{\"$\"}",
    "{\"$\" 1}", "{\"a\":\"$\" \"b\"}", "[\"$\":1]", "{\"$\":1,\"$\":2}",
    "{\"a\":\"$\",\"a\":\"$\"}",
    "[\"$\",1e999]", "[1e999,\"$\"]", "[\"$\",1e999,01]", "[\"$\",9223372036854775808,\"$\"}",
    "[\"$\",\"\\ud800\"]", "[\"$\",\"\\ud800\",\"$\"]", "[\"$\",\"\u{1}\"]", "[\"\u{1}$\"]",
    "[\"$\",\0]", "\"$\0\"", "[\"$\\\0\"]", "{\"\\u0000\":\"$\"}", "{\"a\":\"$\",\"\\u0000\":1}",
    "[\"$\",nul]", "[\"$\",\"$\",tru,\"$\"]",
  ])
  func refusals(template: String) throws {
    let (short, long) = (Self.text(template, 100), Self.text(template, 5000))
    guard case .failure(let expected) = Self.outcome(short),
      case .failure(let fault) = Self.outcome(long)
    else {
      Issue.record("accepted")
      return
    }
    #expect(fault.kind == expected.kind)
    // The message is the same; the position moves by the extra length of earlier strings.
    let words = { (message: String) in
      message.split(separator: " ").map { Int($0) == nil ? String($0) : "N" }
    }
    #expect(words(fault.message) == words(expected.message))
    let place = { (message: String) in
      message.split(separator: " ").last.flatMap { Int($0) }
    }
    let (near, far) = (try #require(place(expected.message)), try #require(place(fault.message)))
    #expect((far - near) % 4900 == 0)
    #expect(near <= 100 || far > near)
    #expect(far <= long.utf8.count)
  }

  @Test func bytesThatAreNotUTF8() {
    for place in [0, 1, 4999] {
      var bytes = Array("[\"\(String(repeating: "A", count: 5000))\"]".utf8)
      bytes[2 + place] = 0xFF
      let fault = bytes.withUnsafeBytes { raw in
        Result { () throws(Fault) in try JSON(parsing: raw) }
      }
      #expect(throws: Fault.self) { try fault.get() }
    }
  }
}
