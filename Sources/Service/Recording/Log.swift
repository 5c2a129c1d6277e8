import Engine
import JSON

/// A recorded conversation, which `Recorder` writes and `Replay` reads. See `Recorder` for the form
/// of the lines.
struct Log {
  enum Entry {
    /// A message that the client sent.
    case message(JSON)
    /// Bytes from the client that were not a message.
    case bytes([UInt8])
    case oversized(Int, id: JSON?)
    /// A reply or a notification of the engine.
    case out(JSON)
    case header(JSON)
    /// A blank line, or a comment for readers.
    case remark
  }

  var lines: [(text: String, entry: Entry)] = []

  init(_ text: String) throws(Fault) {
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.hasSuffix("\r") ? line.dropLast() : line
      let entry = try within("line \(number + 1)") { () throws(Fault) in try Self.entry(line) }
      lines.append((String(line), entry))
    }
    // The last line ends in a newline and is not followed by another.
    if lines.last?.text.isEmpty == true { lines.removeLast() }
  }

  private static func entry(_ line: some StringProtocol) throws(Fault) -> Entry {
    if isRemark(line) { return .remark }
    var limits = JSON.Limits()
    limits.line = .max
    limits.values = .max
    // A message may have the full depth, and the log puts an object around it.
    limits.depth += 1
    let json = try JSON(parsing: line, limits: limits)
    if case .object(let members) = json, members.map(\.name) == ["inOversized", "id"],
      case .int(let count) = members[0].value
    {
      return .oversized(count, id: members[1].value)
    }
    guard case .object(let members) = json, members.count == 1, let member = members.first else {
      throw .misfit(
        expected: expected, got: json,
        hint: json["method"] == nil ? nil : "elbo run executes a file of requests")
    }
    switch (member.name, member.value) {
    case ("in", let message): return .message(message)
    case ("inText", .string(let text)): return .bytes(Array(text.utf8))
    case ("inBytes", let list):
      return .bytes(try within("inBytes") { () throws(Fault) in try [UInt8](bytes: list) })
    case ("inOversized", .int(let count)): return .oversized(count, id: nil)
    case ("out", let message): return .out(message)
    case ("log", let header): return .header(header)
    default: throw .misfit(expected: expected, got: json)
    }
  }

  /// Whether the client sent anything.
  var hasMessages: Bool {
    lines.contains { line in
      switch line.entry {
      case .message, .bytes, .oversized: true
      case .out, .header, .remark: false
      }
    }
  }

  private static let expected = "{\"in\": message} or {\"out\": message}"

  /// Returns whether a line is for readers only: blank, or a comment.
  static func isRemark(_ line: some StringProtocol) -> Bool {
    let text = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
    return text.isEmpty || text.hasPrefix("#") || text.hasPrefix("//")
  }

  /// Returns the configuration, with the options that the header records.
  func configured(_ configuration: Configuration) -> Configuration {
    var configuration = configuration
    for case .header(let header) in lines.lazy.map(\.entry) {
      if header["deterministic"] == .bool(true) { configuration.isDeterministic = true }
      if case .int(let bytes) = header["maxLine"], bytes > 0 { configuration.limits.line = bytes }
    }
    return configuration
  }
}

extension [UInt8] {
  fileprivate init(bytes list: JSON) throws(Fault) {
    self = []
    for element in list.elements ?? [] {
      guard case .int(let value) = element, let byte = UInt8(exactly: value) else {
        throw .misfit(expected: "a byte", got: element)
      }
      append(byte)
    }
  }
}
