import Declarations
import Glibc
import JSON

/// `engine.stats`: reports the state of the process.
///
/// A session counts the requests that ran in it. `Service` replies itself, because its
/// `engine.stats` overtakes the queue, and because it also counts requests that never reach the
/// session.
package enum EngineStats: Command {
  package static let method = "engine.stats"
  package static let effect = Effect.reads
  package static let summary =
    "Returns counts of requests, memory and uptime of this process, at once."

  package struct Reply: Answer {
    package let requests: Int
    package let queued: Int?
    package let residentBytes: Int?
    package let uptimeSeconds: Double?

    /// The current figures; durations, memory and the length of the queue are left out in a
    /// deterministic run. `start` is a time of `Clock`.
    package init(requests: Int, queued: Int, since start: Double, _ configuration: Configuration) {
      let isDeterministic = configuration.isDeterministic
      self.requests = requests
      self.queued = isDeterministic ? nil : queued
      residentBytes = isDeterministic ? nil : EngineStats.residentBytes
      uptimeSeconds = isDeterministic ? nil : Clock.seconds - start
    }

    package static let members: [Member<Reply>] = [
      Member("requests", \.requests, "Requests received so far, this one included."),
      Member("queued", \.queued, "Requests waiting for the one that runs.", isVolatile: true),
      Member("residentBytes", \.residentBytes, "Memory in use by the process.", isVolatile: true),
      Member("uptimeSeconds", \.uptimeSeconds, "Time since the process started.", isVolatile: true),
    ]
  }

  package static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    // Calls of a session run one after the other, so none is queued.
    Reply(
      requests: session.requests, queued: 0, since: session.start, session.configuration)
  }

  /// The second number of `/proc/self/statm`, which counts pages.
  private static var residentBytes: Int? {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var text = [UInt8](repeating: 0, count: 128)
    let count = read(file, &text, text.count)
    guard count > 0 else { return nil }
    let words = text.prefix(count).split(separator: 0x20)
    guard words.count > 1, let pages = Int(String(decoding: words[1], as: UTF8.self)) else {
      return nil
    }
    return pages &* Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
