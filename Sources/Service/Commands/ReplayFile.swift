import Engine
import Files
import Glibc
import JSON
import Tensors

extension Replay {
  /// `elbo replay FILE`: returns whether the replies were the same as in the log.
  static func run(
    _ path: String, _ configuration: Configuration, tolerance: Double, isUpdating: Bool
  ) -> Bool {
    do throws(Fault) {
      let text = try contents(of: path)
      let log = try Log(text)
      guard log.hasMessages else {
        throw Fault(
          .params, "expected a recorded session, got no message",
          hint: "elbo serve --record FILE writes one")
      }
      var replay = try Replay(
        log, served, configuration, tolerance: tolerance, isUpdating: isUpdating)
      replay.run()
      if isUpdating {
        let updated = replay.updated.map { $0 + "\n" }.joined()
        if updated != text { try replace(path, with: updated) }
        print(updated == text ? "\(path): unchanged" : "\(path): rewritten")
        return true
      }
      guard let finding = replay.finding else {
        print("\(path): the same")
        return true
      }
      print(replay.words(for: finding, in: path, colors: Colors.areWanted(on: 1)))
    } catch {
      say("elbo replay: \(path): \(error.sentence)" + (error.hint.map { "\n  \($0)" } ?? ""))
    }
    return false
  }

  /// Describes a finding: its place, both values one below the other, and a marker under the
  /// difference.
  func words(for finding: Finding, in path: String, colors: Bool = false) -> String {
    let difference = finding.difference
    let paint = Colors(isOn: colors)
    let parts = difference.parts
    var lines = [
      paint.bold("\(path):\(finding.line): \(finding.subject) differs"),
      "  at        \(difference.path.isEmpty ? "the whole reply" : difference.path)",
      "  expected  \(parts.before)\(paint.green(parts.expected))\(parts.after)",
      "  got       \(parts.before)\(paint.red(parts.got))\(parts.after)",
    ]
    let width = max(parts.expected.count, parts.got.count, 1)
    lines.append(
      String(repeating: " ", count: 12 + parts.before.count)
        + paint.yellow(String(repeating: "^", count: width)))
    if let relative = difference.relative {
      lines.append(
        "  apart     \(rounded(relative)) of their size, where \(comparison.tolerance) is allowed")
    }
    return lines.joined(separator: "\n")
  }

  /// Rounds to two significant digits.
  private func rounded(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    let unit = pow(10, floor(log10(value)) - 1)
    // Divides by a power of ten if that is exact, so that 0.03 is not 0.030000000000000002.
    return unit < 1
      ? (value / unit).rounded() / (1 / unit).rounded() : (value / unit).rounded() * unit
  }
}

private func print(_ text: String) { _ = writeAll(Array((text + "\n").utf8), to: 1) }

/// Returns the text of a file, without a byte order mark; `-` is stdin.
func contents(of path: String) throws(Fault) -> String {
  let file = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw Fault(.io, systemMessage()) }
  defer { if file != 0 { close(file) } }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(file, &buffer, buffer.count)
    if count < 0 {
      if errno == EINTR { continue }
      throw Fault(.io, systemMessage())
    }
    // Twice the capacity, and the text besides it.
    if bytes.count + count > bytes.capacity {
      try Memory.require(Size(bytes.count + count) * 4, for: path)
    }
    if count == 0 {
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      return String(decoding: bytes.dropFirst(bytes.starts(with: mark) ? 3 : 0), as: UTF8.self)
    }
    bytes += buffer.prefix(count)
  }
}

/// Replaces the log that was read from this path.
func replace(_ path: String, with text: String) throws(Fault) {
  // Remarks may come first, so that the first bytes do not tell its kind.
  var file = try AtomicFile(.log, at: path, replace: true, in: .none)
  try file.append(Array(text.utf8))
  _ = try file.keep()
}
