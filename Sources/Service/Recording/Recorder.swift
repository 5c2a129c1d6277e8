import Files
import Glibc
import JSON
import Synchronization

/// Writes every message in both directions to a log, one JSON object a line, in the order in which
/// they passed.
///
/// - `{"in": message}` came from the client, `{"out": message}` went to it;
/// - `{"inText": "…"}` came and was refused before it was a message; `{"inBytes": [..]}` was not
///   even UTF-8; `{"inOversized": 20000000}` was dropped unread, and is followed by its `id` if
///   that was read;
/// - the first line, `{"log": {…}}`, records how the session ran, so that it can be repeated.
final class Recorder: Sendable {
  private let file: Int32
  private let hasFailed = Mutex(false)

  /// Makes the file, or replaces another recording; outside of the fence too, since the command
  /// line names it. Throws `io`, `denied` and `noSpace`.
  init(path: String, _ header: JSON) throws(Fault) {
    file = try AtomicFile(.log, at: path, in: .none).keepOpen()
    write(JSON.object([JSON.Member("log", header)]).bytes + [0x0A])
  }

  deinit { close(file) }

  func noteIn(_ text: UnsafeRawBufferPointer, isJSON: Bool) {
    if isJSON {
      // A line break in JSON can only occur between values, where a blank means the same.
      note("in", text.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    } else if let string = String(validating: text, as: UTF8.self) {
      note("inText", JSON.string(string).bytes)
    } else {
      note("inBytes", JSON.array(text.map { .int(Int($0)) }).bytes)
    }
  }

  func noteIn(oversized bytes: Int, _ id: JSON?) {
    let member = id.map { Array(",\"id\":".utf8) + $0.bytes } ?? []
    note("inOversized", JSON.int(bytes).bytes + member)
  }
  func noteOut(_ body: [UInt8]) { note("out", body) }

  private func note(_ name: String, _ value: [UInt8]) {
    var line = Array("{\"\(name)\":".utf8)
    line.reserveCapacity(line.count + value.count + 2)
    line += value
    line += [0x7D, 0x0A]
    write(line)
  }

  /// Writes each line at once, because the last lines before a crash matter most.
  private func write(_ line: [UInt8]) {
    hasFailed.withLock { hasFailed in
      if hasFailed { return }
      if !writeAll(line, to: file) {
        hasFailed = true
        say("elbo: the recording ends here: \(systemMessage())")
      }
    }
  }
}
