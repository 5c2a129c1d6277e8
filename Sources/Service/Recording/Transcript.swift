import JSON
import Tensors

/// A sink within the process, which keeps messages until they are taken.
package final class Transcript: Sink {
  private struct State: Sendable {
    var line: [UInt8] = []
    var messages: [JSON] = []
  }

  private let state = Monitor(State())
  /// Receives each message at once, on the sending thread; returns whether it has handled it.
  private let onMessage: @Sendable (JSON) -> Bool

  package init(onMessage: @escaping @Sendable (JSON) -> Bool = { _ in false }) {
    self.onMessage = onMessage
  }

  package func write(_ bytes: UnsafeRawBufferPointer, waiting: Bool) -> Int? {
    var messages: [JSON] = []
    state.withLock { state in
      for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
        if part.offset > 0 {
          messages.append(Self.parse(state.line))
          state.line = []
        }
        state.line.append(contentsOf: part.element)
      }
    }
    let kept = messages.filter { !onMessage($0) }
    state.change { $0.messages += kept }
    return bytes.count
  }

  /// Makes waiting threads check again.
  func wake() { state.change { _ in } }

  /// Returns everything since the last call, once a message matches or no more will arrive.
  package func take(orWhen isIdle: () -> Bool, until matches: (JSON) -> Bool) -> [JSON] {
    state.wait(
      until: { $0.messages.contains(where: matches) || isIdle() },
      then: { state in
        defer { state.messages = [] }
        return state.messages
      })
  }

  /// Replies may be larger than requests.
  private static func parse(_ line: [UInt8]) -> JSON {
    var limits = JSON.Limits()
    limits.line = .max
    limits.values = .max
    limits.depth = 512
    let parsed = line.withUnsafeBytes { text in
      Result { () throws(Fault) in try JSON(parsing: text, limits: limits) }
    }
    return (try? parsed.get()) ?? .string(String(decoding: line, as: UTF8.self))
  }
}
