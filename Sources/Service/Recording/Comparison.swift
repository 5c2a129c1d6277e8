import Declarations
import Engine
import JSON
import Tensors

/// Compares a reply with the recorded one: strings exactly, numbers within a relative tolerance.
///
/// The numbers of a list are compared relative to the largest of the list, because an entry near
/// zero carries the rounding of entries near one.
struct Comparison {
  let tolerance: Double

  /// Members that do not depend on the computation.
  static let ignored = Set(
    EngineInfo.Reply.volatile + EngineStats.Reply.volatile + Progress.volatile)

  /// The members of a file (an object with `bytes`), which depend on the versions of cairo and zlib
  /// and on rounding.
  private static let file: Set<String> = ["base64", "bytes", "sha256"]
  /// The numbers of a self-test's check: random ones, which are compared within a tolerance that
  /// follows from them.
  private static let check: Set<String> = ["expected", "got", "tolerance"]

  func difference(_ expected: JSON, _ got: JSON, at path: String = "", scale: Double = 0)
    -> Difference?
  {
    if let a = expected.number, let b = got.number {
      if isSame(a, b, scale) { return nil }
      var found = differ(path, expected, got)
      found.relative = abs(a - b) / max(abs(a), abs(b), scale)
      return found
    }
    switch (expected, got) {
    case (.object(let a), .object(let b)): return difference(a, b, at: path)
    case (.array(let a), .array(let b)):
      guard a.count == b.count else {
        return Difference(
          path: path, expected: "a list of \(a.count)", got: "a list of \(b.count)")
      }
      let scale = max(scale, (a + b).reduce(0) { max($0, abs($1.number ?? 0)) })
      for place in a.indices {
        let here = "\(path)[\(place)]"
        if let found = difference(a[place], b[place], at: here, scale: scale) { return found }
      }
      return nil
    default: return expected == got ? nil : differ(path, expected, got)
    }
  }

  private func difference(_ a: [JSON.Member], _ b: [JSON.Member], at path: String) -> Difference? {
    let given = Dictionary(b.map { ($0.name, $0.value) }) { first, _ in first }
    let isFloats = a.contains { $0.name == "dtype" && $0.value == .string("float32") }
    var left: Set<String> = []
    if tolerance > 0 {
      // Of a trainer's state, which follows from all numbers to the bit.
      left.insert("hash")
      if given["bytes"] != nil { left.formUnion(Self.file) }
      if given["tolerance"] != nil, given["passed"] != nil { left.formUnion(Self.check) }
    }
    for member in a where !Self.ignored.contains(member.name) && !left.contains(member.name) {
      let here = path.isEmpty ? member.name : "\(path).\(member.name)"
      guard let other = given[member.name] else {
        if ["result", "error"].contains(member.name), given["jsonrpc"] != nil,
          let was = JSON.object(a).outcome,
          let came = JSON.object(b).outcome
        {
          return Difference(path: path, expected: was, got: came)
        }
        return Difference(path: here, expected: member.value.excerpt, got: "nothing")
      }
      if isFloats, member.name == "base64", let a = member.value.floats, let b = other.floats {
        if let found = difference(a, b, at: here) { return found }
      } else if let found = difference(member.value, other, at: here) {
        return found
      }
    }
    let known = Set(a.map(\.name))
    for member in b where !known.contains(member.name) && !Self.ignored.contains(member.name) {
      let here = path.isEmpty ? member.name : "\(path).\(member.name)"
      return Difference(path: here, expected: "nothing", got: member.value.excerpt)
    }
    return nil
  }

  private func isSame(_ a: Double, _ b: Double, _ scale: Double) -> Bool {
    a == b || abs(a - b) <= tolerance * max(abs(a), abs(b), scale)
  }

  private func differ(_ path: String, _ expected: JSON, _ got: JSON) -> Difference {
    let texts = excerpts(expected.line, got.line)
    return Difference(path: path, expected: texts.0, got: texts.1)
  }
}

/// Returns two texts, cut to the width of a line, around their first difference.
private func excerpts(_ a: String, _ b: String, width: Int = 64) -> (String, String) {
  let (a, b) = (Array(a), Array(b))
  if max(a.count, b.count) <= width { return (String(a), String(b)) }
  let first = zip(a, b).prefix { $0 == $1 }.count
  let start = max(0, min(first - width / 4, max(a.count, b.count) - width))
  func cut(_ text: [Character]) -> String {
    let part = text.dropFirst(start)
    return (start > 0 ? "…" : "") + String(part.prefix(width)) + (part.count > width ? "…" : "")
  }
  return (cut(a), cut(b))
}

extension Answer {
  /// Durations, memory figures and facts of the machine.
  fileprivate static var volatile: [String] { members.filter(\.isVolatile).map(\.name) }
}

extension JSON {
  /// The outcome of a reply, result or error, with its content; nil for other messages.
  fileprivate var outcome: String? {
    if let error = self["error"] {
      return "error \(error["code"]?.line ?? ""): \(error["message"]?.text ?? error.excerpt)"
    }
    return self["result"].map { "result \($0.excerpt)" }
  }

  fileprivate var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .real(let value): value
    case .float(let value): Double(value)
    default: nil
    }
  }

  /// The little-endian float32 numbers of a base64 text, as a list; nil if the text is something
  /// else.
  fileprivate var floats: JSON? {
    guard let text, let floats = try? Base64.decode(text, as: Float.self) else { return nil }
    return .array(floats.map { .float($0) })
  }
}
