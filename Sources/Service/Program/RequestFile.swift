import Engine
import Files
import Glibc
import JSON
import Tensors

/// `elbo run`: runs a file of requests and shows their results.
enum RequestFile {
  static func run(
    _ path: String, _ given: Configuration, isSandboxed: Bool = false
  ) -> Int32 {
    let (text, configuration): (String, Configuration)
    do throws(Fault) {
      text = try contents(of: path)
      configuration = try given.inSandbox(isSandboxed)
    } catch {
      say("elbo run: \(path): \(error.sentence)")
      return 1
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if let first = lines.first(where: { !Log.isRemark($0) }), (try? Log(String(first))) != nil {
      say("elbo run: \(path): expected requests, got a recorded log\n  elbo replay runs it again")
      return 1
    }
    let bar = ProgressBar()
    let transcript = Transcript(onMessage: { message in
      guard let progress = message["params"], message["method"] == "$/progress" else {
        return false
      }
      bar.show(progress)
      return true
    })
    let conversation = Conversation(served, configuration, to: transcript)
    guard let signals = Signals.install() else {
      say("elbo run: cannot begin: \(systemMessage())")
      return 1
    }
    do throws(Fault) {
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
    } catch {
      say("elbo run: \(error.sentence)" + (error.hint.map { "; \($0)" } ?? ""))
      return 1
    }
    let status = send(lines, from: path, to: conversation, transcript, bar)
    conversation.close()
    _ = conversation.waitForEnd()
    return status
  }

  /// Sends the requests one after the other and shows the replies; returns the exit status.
  private static func send(
    _ lines: [Substring], from path: String, to conversation: Conversation,
    _ transcript: Transcript, _ bar: ProgressBar
  ) -> Int32 {
    for (place, line) in lines.enumerated() where !Log.isRemark(line) {
      let request = Self.request(String(line), number: place + 1)
      bar.begin(request.name)
      let start = Clock.seconds
      Array(request.text.utf8).withUnsafeBytes { conversation.router.receive(.message($0)) }
      conversation.outlet.flush()
      let replies = transcript.take(orWhen: { conversation.mailbox.isIdle }, until: { _ in false })
      bar.end()
      // If a signal ends the run, the thread that waits for signals ends the process.
      while conversation.mailbox.isClosed { pause() }
      for reply in replies.flatMap({ $0.elements ?? [$0] }) {
        if let error = reply["error"] {
          say(complaint(error, at: "\(path):\(place + 1)", request.name))
          return 1
        }
        let shown = Summary.line(request.name, reply["result"] ?? .null, Clock.seconds - start)
        guard writeAll(Array((shown + "\n").utf8), to: 1) else {
          say("elbo run: cannot write to stdout: \(systemMessage())")
          return 1
        }
      }
    }
    if !conversation.mailbox.isQuiet {
      say(
        "elbo run: \(path): a training in the background ended with the file\n  end the file with trainer.wait to finish it"
      )
    }
    return 0
  }

  /// Returns the request with an id, so that it gets a reply, and with a request for progress if
  /// the method supports it.
  private static func request(_ line: String, number: Int) -> (name: String, text: String) {
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

  private static func complaint(_ error: JSON, at place: String, _ name: String) -> String {
    var lines = ["\(place): \(name): \(error["message"]?.text ?? error.line)"]
    if let hint = error["data"]?["hint"]?.text { lines.append("  \(hint)") }
    return lines.joined(separator: "\n")
  }
}
