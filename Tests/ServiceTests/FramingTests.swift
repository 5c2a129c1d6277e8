import JSON
import Testing

@testable import Service

/// Returns the frames of a stream: texts, and refusals.
private func frames(_ input: [UInt8], by step: Int = .max, limit: Int = 64) -> [String] {
  var framing = Framing(limit: limit)
  var out: [String] = []
  let note = { (frame: Frame) in
    switch frame {
    case .message(let text): out.append(String(decoding: text, as: UTF8.self))
    case .oversized(let bytes, let id):
      out.append("oversized \(bytes)" + (id.map { " of \($0.line)" } ?? ""))
    case .unheld(_, _, let id): out.append("unheld" + (id.map { " of \($0.line)" } ?? ""))
    case .malformed: out.append("malformed")
    case .header: break
    }
  }
  input.withUnsafeBytes { all in
    var rest = all[...]
    while !rest.isEmpty {
      let part = rest.prefix(min(step, rest.count))
      framing.take(UnsafeRawBufferPointer(rebasing: part), note)
      rest = rest[part.endIndex...]
    }
  }
  framing.finish(note)
  return out
}

@Suite struct FramingTests {
  static let long = String(repeating: "y", count: 65)
  static let full = String(repeating: "z", count: 64)

  static let streams: [(String, [String])] = [
    ("", []), ("\n", []), ("a\n", ["a"]), ("a", ["a"]), ("a\r\nb\r\n", ["a", "b"]),
    ("\n\r\n \t\na\n\n", ["a"]), ("a\nb", ["a", "b"]), ("a\0b\n", ["a\0b"]),
    ("\(full)\n\(full)\r\n\(full)", [full, full, full]),
    ("\(long)\na\n", ["oversized 65", "a"]), ("\(long)", ["oversized 65"]),
    ("a\n\(long)\(long)\n\(long)\nb", ["a", "oversized 130", "oversized 65", "b"]),
    ("Content-Length: 2\r\n\r\n{}", ["{}"]),
    ("Content-Length: 2\n\n{}Content-Length:3\n\n[1]", ["{}", "[1]"]),
    // Names of headers are not case-sensitive.
    ("content-length: 2\r\n\r\n{}CONTENT-LENGTH: 3\r\n\r\n[1]", ["{}", "[1]"]),
    ("content-type: a\r\ncOnTeNt-LeNgTh: 1\r\n\r\n7", ["7"]),
    ("\nContent-Type: x\r\ncontent-length: 4\r\n\r\n{\n\n}", ["{\n\n}"]),
    ("Content-Length: 65\r\n\r\n\(long)Content-Length: 1\r\n\r\n1", ["oversized 65", "1"]),
    // Refused before the rest arrives, since it may never.
    ("Content-Length: 65\r\n\r\n{}", ["oversized 65"]),
    ("Content-Length: 65\r\n\r\n", ["oversized 65"]),
    ("{\"id\":1,\"a\":\(long)\na\n", ["oversized 77 of 1", "a"]),
    // One byte more than there may be, which could have been a carriage return.
    ("{\"id\":2,\"a\":\(long.prefix(53))\na\n", ["oversized 65 of 2", "a"]),
    ("{\"id\":1,\"a\":\(long)\n\(long)\n", ["oversized 77 of 1", "oversized 65"]),
    ("Content-Length: x\r\n\r\nContent-Length: 1\r\n\r\n1", ["malformed", "1"]),
    // No header at all: the next line decides.
    ("clear\n{}\n", ["malformed", "{}"]), ("C\nContent-Length: 1\r\n\r\n1", ["malformed", "1"]),
    ("create", ["malformed"]), ("Content-Length: x\n", ["malformed"]),
    ("c\(long)\(String(repeating: "c", count: 9000))\n{}\n", ["malformed", "{}"]),
    ("Content-Length: 9\r\n\r\n{}", ["malformed"]), ("Content-Le", ["malformed"]),
    ("Content-Length: 99999999999999999999\r\n\r\nContent-Length: 1\r\n\r\n1", ["malformed", "1"]),
  ]

  @Test(arguments: streams) func wholeStreams(input: String, expected: [String]) {
    #expect(frames(Array(input.utf8)) == expected)
  }

  @Test(arguments: streams) func howeverTheyAreCut(input: String, expected: [String]) {
    for step in 1...7 { #expect(frames(Array(input.utf8), by: step) == expected) }
  }

  /// The beginning of a message that is refused by its header is searched for its id.
  @Test func framedMessagesKeepTheirID() {
    let body = "{\"id\":\"a\",\"b\":\"\(Self.long)\"}"
    let framed = Array("Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    let first = "oversized \(body.utf8.count)"
    #expect(frames(framed + framed) == [first + " of \"a\"", first + " of \"a\""])
    #expect(frames(framed, by: 44) == [first + " of \"a\""])
    #expect(frames(framed, by: 26) == [first], "cut within the id")
  }

  @Test func repliesAreFramedAsTheRequestsWere() throws {
    let pipe = try Pipe()
    let conversation = Conversation(household, to: DescriptorSink(descriptor: pipe.writing))
    try conversation.start()
    var listener = conversation.listener()
    let hello = request("initialize", ["processId": .null])
    let bytes = [hello, request("initialized", id: nil), request("shutdown", id: 2)]
      .map { "Content-Length: \($0.utf8.count)\r\n\r\n\($0)" }.joined()
    Array(bytes.utf8).withUnsafeBytes { listener.take($0) }
    listener.finish()
    _ = conversation.waitForEnd()
    let greeting =
      #"{"jsonrpc":"2.0","id":1,"result":{"capabilities":{},"serverInfo":{"name":"elbo","version":"0.1.0"}}}"#
    let goodbye = #"{"jsonrpc":"2.0","id":2,"result":null}"#
    let expected = [greeting, goodbye]
      .map { "Content-Length: \($0.utf8.count)\r\n\r\n\($0)" }.joined()
    #expect(pipe.readAll() == expected)
  }

  /// A message for which there is no memory is dropped like one that is too long, and the next is
  /// read.
  @Test(arguments: [1000, 65_536, .max])
  func aMessageWithoutMemoryIsDropped(step: Int) {
    let input = Array((String(repeating: "x", count: 200_000) + "\na\n").utf8)
    // Memory is reserved for the longest message, which exceeds any memory here.
    let got = frames(input, by: step, limit: 1 << 46)
    let expected = step == .max ? "xxxxxx" : "unheld"
    #expect(got.map { String($0.prefix(6)) } == [expected, "a"])
  }

  /// A message for which there is no memory is refused with its id too.
  @Test func aMessageWithoutMemoryKeepsItsID() {
    let line = "{\"id\":7,\"a\":\"\(String(repeating: "x", count: 200_000))\"}\na\n"
    #expect(frames(Array(line.utf8), by: 1000, limit: 1 << 46) == ["unheld of 7", "a"])
  }
}
