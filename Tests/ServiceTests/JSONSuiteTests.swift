import Glibc
import JSON
import Testing

@testable import Service

/// N. Seriot's JSON parsing test suite, each text as the value of a member of `params`.
///
/// `engine.ping` takes no such member, so what
/// gets past the parser is answered with -32602.
@Suite struct JSONSuite {
  static let folder =
    #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
    + "/shared/data/json-test-suite"

  static let names: [String] = {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".json") { names.append(name) }
    }
    return names.sorted()
  }()

  /// Valid JSON that we refuse: names that occur twice or hold a NUL.
  static let refused: Set<String> = [
    "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
    "y_object_escaped_null_in_key.json",
  ]

  @Test(.enabled(if: !names.isEmpty, "no \(folder)"), arguments: names)
  func answers(name: String) throws {
    let text = try bytes(of: Self.folder + "/" + name)
    let message =
      Array("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"engine.ping\",\"params\":{\"x\":".utf8)
      + text + Array("}}".utf8)
    let expected: Set<Int> =
      switch name.first {
      case "n": [-32700]
      case "y": [Self.refused.contains(name) ? -32600 : -32602]
      default: [-32700, -32600, -32602]
      }
    // As one message behind a header, and, where it holds no line break, as a line.
    let whole = try Dialogue()
    message.withUnsafeBytes { whole.conversation.router.receive(.message($0)) }
    whole.conversation.outlet.flush()
    var codes = whole.take().map(\.code)
    if !message.contains(0x0A) {
      let line = try Dialogue()
      line.hear(message + [0x0A])
      codes += line.take().map(\.code)
    }
    #expect(codes.allSatisfy { $0.map(expected.contains) ?? false }, "\(codes)")
    #expect(codes.count == (message.contains(0x0A) ? 1 : 2))
  }

  private func bytes(of path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { throw Fault(.io, path) }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(file, &buffer, buffer.count)
    return Array(buffer.prefix(max(0, count)))
  }
}
