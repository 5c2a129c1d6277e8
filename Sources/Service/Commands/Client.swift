import Engine
import Files
import Glibc
import JSON
import Tensors

/// A client within the process: it sends requests one after the other, and shows their progress.
final class Client {
  let conversation: Conversation
  private let transcript: Transcript
  private let bar: ProgressBar

  /// Starts a session, and the thread that waits for signals. Throws `memory`, and `io` without
  /// descriptors.
  init(_ configuration: Configuration) throws(Fault) {
    let bar = ProgressBar()
    self.bar = bar
    let transcript = Transcript(onMessage: { message in
      guard let progress = message["params"], message["method"] == "$/progress" else {
        return false
      }
      bar.show(progress)
      return true
    })
    self.transcript = transcript
    conversation = Conversation(served, configuration, to: transcript)
    guard let signals = Signals.install() else {
      throw Fault(.io, "cannot begin: \(systemMessage())")
    }
    try Memory.requireStart()
    try conversation.start(
      onIdle: { transcript.wake() }, onEnd: { _ in Signals.send(Signals.ended) })
    let supervisor = Supervisor(conversation: conversation, signals: signals, output: -1)
    // At the normal end the status is that of the main thread, which ends the process.
    guard
      Thread.start({ Program.end(with: supervisor.run { while true { pause() } }) })
    else {
      throw Fault(.memory, "cannot start a thread for signals")
    }
  }

  /// Sends a line and returns the replies to it; `name` stands before the bar.
  func send(_ name: String, _ text: String) -> [JSON] {
    bar.begin(name)
    Array(text.utf8).withUnsafeBytes { conversation.router.receive(.message($0)) }
    conversation.outlet.flush()
    let replies = transcript.take(orWhen: { conversation.mailbox.isIdle }, until: { _ in false })
    bar.end()
    // If a signal ends the run, the thread that waits for signals ends the process.
    while conversation.mailbox.isClosed { pause() }
    return replies.flatMap { $0.elements ?? [$0] }
  }

  /// Ends the session.
  func end() {
    conversation.close()
    _ = conversation.waitForEnd()
  }

  /// Returns the request with an id, so that it gets a reply, and with a request for progress if
  /// the method supports it.
  static func request(_ line: String, number: Int) -> (name: String, text: String) {
    guard let json = try? JSON(parsing: line) else { return ("no JSON", line) }
    guard case .object(var members) = json, let name = json["method"]?.text else {
      return (json.elements == nil ? "no request" : "batch", line)
    }
    if json["id"] == nil, name != "exit", name != "initialized" {
      members.append(JSON.Member("id", .int(number)))
    }
    if let method = served.first(where: { $0.name == name }),
      method.parameters.contains("progress"),
      let place = members.firstIndex(where: { $0.name == "params" }),
      case .object(var params) = members[place].value, json["params"]?["progress"] == nil
    {
      params.append(JSON.Member("progress", true))
      members[place].value = .object(params)
    }
    return (name, JSON.object(members).line)
  }
}
