import Engine
import Glibc
import JSON
import Synchronization

/// Shows the progress of training on stderr: a bar on a terminal, elsewhere a line now and then.
final class ProgressBar: Sendable {
  private struct State {
    var name = ""
    var isShown = false
    var lastLine = 0.0
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(2) == 1
  /// The seconds between two lines without a terminal.
  private static let pause = 5.0

  func begin(_ name: String) {
    state.withLock { $0 = State(name: name, lastLine: Clock.seconds) }
  }

  /// Shows the parameters of a `$/progress`.
  func show(_ progress: JSON) {
    state.withLock { state in
      if isTerminal {
        state.isShown = true
        write("\r" + Self.line(state.name, progress, columns: Self.columns) + "\u{1B}[K")
      } else if Clock.seconds - state.lastLine >= Self.pause {
        state.lastLine = Clock.seconds
        write(Self.line(state.name, progress, columns: 0) + "\n")
      }
    }
  }

  /// Clears the bar before the result.
  func end() {
    state.withLock { state in
      if state.isShown { write("\r\u{1B}[K") }
      state.isShown = false
    }
  }

  /// Returns a text such as "trainer.step [####------] 800/2000 ELBO -41.2 1850 updates/s 0:01
  /// left".
  static func line(_ name: String, _ progress: JSON, columns: Int) -> String {
    let done = (try? progress["update"].map { try Int(json: $0) }) ?? nil
    let all = (try? progress["updates"].map { try Int(json: $0) }) ?? nil
    let rate = (try? progress["updatesPerSecond"].map { try Double(json: $0) }) ?? nil
    let elbo = (try? progress["elbo"].map { try Double(json: $0) }) ?? nil
    var words: [String] = []
    if let done { words.append(all.map { "\(done)/\($0)" } ?? "\(done) updates") }
    if let elbo { words.append("ELBO \(Summary.number(elbo, digits: 5))") }
    if let rate { words.append("\(Summary.number(rate.rounded(), digits: 9)) updates/s") }
    if let done, let all, let rate, rate > 0, all >= done {
      words.append("\(time(Double(all - done) / rate)) left")
    }
    let tail = words.joined(separator: "  ")
    let width = min(40, columns - name.count - tail.count - 6)
    guard width >= 8, let done, let all, all > 0 else { return "\(name)  \(tail)" }
    let filled = max(0, min(width, Int(Double(width) * Double(done) / Double(all))))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    return "\(name) [\(bar)] \(tail)"
  }

  /// Returns a text such as "0:05" or "1:02:03".
  private static func time(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded(.up))
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let start = hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)"
    return "\(start):\(two(whole % 60))"
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) - 1 : 79
  }

  private func write(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { DescriptorSink(descriptor: 2).write($0, waiting: false) }
  }
}
