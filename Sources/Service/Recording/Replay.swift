import Engine
import JSON

/// Runs a recorded conversation against a fresh session and compares every reply.
///
/// Messages are sent as in the recording: if the log has replies between two of them, the second is
/// sent once those have arrived. Replies are matched by their ids, since a ping may overtake
/// others.
struct Replay {
  /// A difference, described for a person.
  struct Finding: Equatable {
    var line: Int
    /// Such as "the reply to trainer.step (id 5)".
    var subject: String
    var difference: Difference
  }

  let comparison: Comparison
  private let log: Log
  private let conversation: Conversation
  private let transcript: Transcript
  private let isUpdating: Bool

  /// The first difference, if any.
  private(set) var finding: Finding?
  /// The log with the actual replies.
  private(set) var updated: [String] = []
  /// Messages that arrived and are not compared yet.
  private var waiting: [JSON] = []
  private var methodOfID: [String: String] = [:]

  init(
    _ log: Log, _ methods: [Method], _ configuration: Configuration, tolerance: Double,
    isUpdating: Bool = false
  ) throws(Fault) {
    self.log = log
    self.isUpdating = isUpdating
    comparison = Comparison(tolerance: tolerance)
    let transcript = Transcript()
    self.transcript = transcript
    conversation = Conversation(methods, log.configured(configuration), to: transcript)
    try conversation.start(onIdle: { transcript.wake() })
  }

  /// Runs the whole log, or up to the first difference if it is not being updated.
  mutating func run() {
    let hasReplies = log.lines.contains { if case .out = $0.entry { true } else { false } }
    for (place, line) in log.lines.enumerated() {
      switch line.entry {
      case .message(let message):
        name(message)
        send(message.bytes)
        updated.append(line.text)
      case .bytes(let bytes):
        send(bytes)
        updated.append(line.text)
      case .oversized(let count, let id):
        conversation.router.receive(.oversized(bytes: count, id: id))
        conversation.outlet.flush()
        updated.append(line.text)
      case .out(let reply): compare(reply, line: place + 1)
      case .header, .remark: updated.append(line.text)
      }
      // A hand-written log without replies is recorded as a dialogue.
      if isUpdating, !hasReplies {
        receive { _ in false }
        keep(all: true)
      }
      if finding != nil, !isUpdating { return conversation.abort() }
    }
    conversation.close()
    receive { _ in false }
    for reply in waiting where !reply.isNotification {
      find(
        log.lines.count, reply,
        Difference(path: "", expected: "the end of the log", got: reply.excerpt))
    }
    keep(all: true)
    _ = conversation.waitForEnd()
  }

  private func send(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { conversation.router.receive(.message($0)) }
    conversation.outlet.flush()
  }

  private mutating func receive(until matches: (JSON) -> Bool) {
    waiting += transcript.take(orWhen: { conversation.mailbox.isIdle }, until: matches)
  }

  /// Waits for the end of a run, because the client's next message came after it.
  private mutating func awaitEnd(_ expected: JSON, line: Int) {
    let isMeant = { (message: JSON) in
      message.runState != nil && message["params"]?["id"] == expected["params"]?["id"]
    }
    if !waiting.contains(where: isMeant) {
      waiting += transcript.take(orWhen: { conversation.mailbox.isQuiet }, until: isMeant)
    }
    guard let place = waiting.firstIndex(where: isMeant) else {
      return find(
        line, expected,
        Difference(path: "", expected: expected.excerpt, got: "the run did not end"))
    }
    let (a, b) = (expected.runState ?? .null, waiting[place].runState ?? .null)
    if let difference = comparison.difference(a, b, at: "params.state") {
      find(line, expected, difference)
    }
    keep(upTo: place)
  }

  private mutating func compare(_ expected: JSON, line: Int) {
    if expected.runState != nil { return awaitEnd(expected, line: line) }
    if expected.isNotification { return }
    let key = expected.replyKey
    let matches = { (reply: JSON) in !reply.isNotification && reply.replyKey == key }
    let isSame = { [comparison] (reply: JSON) in
      matches(reply) && comparison.difference(expected, reply) == nil
    }
    // Errors of unreadable messages have a null id and may overtake others, so an identical one is
    // preferred.
    let isMeant = key.contains("null") ? isSame : matches
    if !waiting.contains(where: isMeant) { receive(until: isMeant) }
    guard
      let place = waiting.firstIndex(where: isSame) ?? waiting.firstIndex(where: matches)
    else {
      return find(
        line, expected, Difference(path: "", expected: expected.excerpt, got: "no reply"))
    }
    let got = waiting[place]
    if let difference = comparison.difference(expected, got) { find(line, got, difference) }
    keep(upTo: place)
  }

  /// Records the reply at `place`, and the progress before it.
  private mutating func keep(upTo place: Int = .max, all: Bool = false) {
    var left: [JSON] = []
    for (position, message) in waiting.enumerated() {
      if all || position == place || (position < place && message.isNotification) {
        updated.append(JSON.object([JSON.Member("out", message)]).line)
      } else {
        left.append(message)
      }
    }
    waiting = left
  }

  private mutating func name(_ message: JSON) {
    for request in message.elements ?? [message] {
      guard let id = request["id"], let method = request["method"]?.text else { continue }
      methodOfID[id.line] = method
    }
  }

  private mutating func find(_ line: Int, _ reply: JSON, _ difference: Difference) {
    if finding != nil { return }
    let names = reply.replyKey.map { id in methodOfID[id].map { "\($0) (id \(id))" } ?? "id \(id)" }
    let subject =
      (reply.isNotification ? "the end of " : "the reply to ") + names.joined(separator: ", ")
    finding = Finding(line: line, subject: subject, difference: difference)
  }
}

extension JSON {
  /// Whether the engine's message is a notification, which is progress.
  fileprivate var isNotification: Bool { self["method"] != nil }

  /// The final state of a background run, in the notification of its end.
  fileprivate var runState: JSON? {
    self["method"] == "$/progress" ? self["params"]?["state"] : nil
  }

  /// The requests that a reply belongs to: its id, or the ids of a batch.
  fileprivate var replyKey: [String] {
    (elements ?? [self]).map { ($0["id"] ?? $0["params"]?["id"] ?? .null).line }
  }
}
