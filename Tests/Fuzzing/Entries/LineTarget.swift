import Engine
import JSON
import Service

/// A conversation within the process for each case, with a session of its own.
///
/// Everything runs on one thread, since starting others takes longer than most cases: the input has
/// ended before the first request runs. `FuzzTests` has the real threads.
final class LineTarget: FuzzTarget {
  private let watchdog = Watchdog()

  func take(_ bytes: [UInt8]) throws {
    var configuration = Configuration()
    configuration.isDeterministic = true
    let transcript = Transcript()
    let conversation = Conversation(within: configuration, methods: methods, to: transcript)
    let run = {
      var listener = conversation.listener()
      bytes.withUnsafeBytes { listener.take($0) }
      listener.finish()
      _ = conversation.runToEnd()
    }
    watchdog.watch(stoppingBy: { conversation.abort() }, run)
    for reply in transcript.take(orWhen: { true }, until: { _ in true }) {
      // With headers a reply is no line of its own.
      for message in reply.elements ?? [reply] where message.isObject {
        precondition(message["jsonrpc"] == "2.0", "a reply that is none: \(reply.line)")
      }
    }
  }
}

extension JSON {
  fileprivate var isObject: Bool {
    if case .object = self { return true }
    return false
  }
}
