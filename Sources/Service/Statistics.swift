import Engine
import Glibc
import JSON

/// What `engine.stats` answers; durations, memory and the length of the queue are left out of a deterministic run.
struct Statistics: Sendable {
  private let configuration: Configuration
  private let mailbox: Mailbox
  private let start = Clock.seconds

  init(_ configuration: Configuration, _ mailbox: Mailbox) {
    self.configuration = configuration
    self.mailbox = mailbox
  }

  func answer(_ params: JSON, requests: Int) -> Result<JSON, Fault> {
    Result { () throws(Fault) in
      _ = try EngineStats.Params(json: params)
      var reply = EngineStats.Reply()
      reply.requests = requests
      if !configuration.isDeterministic {
        reply.queued = mailbox.count
        reply.uptimeSeconds = Clock.seconds - start
        reply.residentBytes = Self.residentBytes
      }
      return reply.json
    }
  }

  /// The second number of `/proc/self/statm`, in pages.
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
