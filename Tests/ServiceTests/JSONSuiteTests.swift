import Glibc
import JSON
import TestSupport
import Testing

@testable import Service

/// N. Seriot's JSON parsing test suite, each text as the value of a member of `params`.
///
/// `engine.ping` takes no such member, so text that passes the parser gets the error -32602.
@Suite struct JSONSuite {
  static let folder =
    #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
    + "/shared/data/json-test-suite"

  static let names = Folder.names(in: folder).filter { $0.hasSuffix(".json") }

  /// Valid JSON that is refused: repeated names, and names with a NUL.
  static let refused: Set<String> = [
    "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
    "y_object_escaped_null_in_key.json",
  ]

  /// Cases that are up to the implementation: numbers too small are zero, numbers too large are
  /// refused, and all others are not JSON: lone surrogates, invalid UTF-8, other encodings, a
  /// byte-order mark, great depth.
  static let ours: [String: Int] = [
    "i_number_double_huge_neg_exp.json": -32602,
    "i_number_huge_exp.json": -32600,
    "i_number_neg_int_huge_exp.json": -32600,
    "i_number_pos_double_huge_exp.json": -32600,
    "i_number_real_neg_overflow.json": -32600,
    "i_number_real_pos_overflow.json": -32600,
    "i_number_real_underflow.json": -32602,
    "i_number_too_big_neg_int.json": -32600,
    "i_number_too_big_pos_int.json": -32600,
    "i_number_very_big_negative_int.json": -32600,
  ]

  @Test(.enabled(if: !names.isEmpty, "no \(folder)")) func isWhole() {
    let kinds = Dictionary(grouping: Self.names) { $0.prefix(2) }.mapValues(\.count)
    #expect(kinds == ["n_": 188, "y_": 95, "i_": 35])
    #expect(Self.refused.union(Self.ours.keys).isSubset(of: Self.names))
  }

  /// Returns the text within a request, and the code of its error.
  private func question(_ name: String) throws -> (message: [UInt8], code: Int) {
    let text = try bytes(of: Self.folder + "/" + name)
    let message =
      Array("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"engine.ping\",\"params\":{\"x\":".utf8)
      + text + Array("}}".utf8)
    let code =
      switch name.first {
      case "n": -32700
      case "y": Self.refused.contains(name) ? -32600 : -32602
      default: Self.ours[name] ?? -32700
      }
    return (message, code)
  }

  /// One process gets every text that fits on one line, and continues.
  @Test(.enabled(if: !names.isEmpty, "no \(folder)")) func neverEndsTheProcess() throws {
    let child = try Child(["serve"])
    for name in Self.names {
      let (message, code) = try question(name)
      if message.contains(0x0A) { continue }
      #expect(child.send(bytes: message + [0x0A]))
      let reply = try #require(child.message(), "\(name)")
      #expect(reply.code == code, "\(name)")
    }
    #expect(child.call("engine.ping")?["result"] == [:])
    child.closeInput()
    #expect(child.end() == 0)
  }

  @Test(.enabled(if: !names.isEmpty, "no \(folder)"), arguments: names)
  func answers(name: String) throws {
    let (message, expected) = try question(name)
    // Both as one message after a header and, if it has no line break, as a line.
    let whole = try Dialogue()
    message.withUnsafeBytes { whole.conversation.router.receive(.message($0)) }
    whole.conversation.outlet.flush()
    var codes = whole.take().map(\.code)
    if !message.contains(0x0A) {
      let line = try Dialogue()
      line.hear(message + [0x0A])
      codes += line.take().map(\.code)
    }
    #expect(codes == Array(repeating: expected, count: message.contains(0x0A) ? 1 : 2))
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
