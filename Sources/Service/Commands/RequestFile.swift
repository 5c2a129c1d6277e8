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
    let client: Client
    do throws(Fault) { client = try Client(configuration) } catch {
      say("elbo run: \(error.sentence)" + (error.hint.map { "; \($0)" } ?? ""))
      return 1
    }
    let status = send(lines, from: path, to: client)
    client.end()
    return status
  }

  /// Sends the requests one after the other and shows the replies; returns the exit status.
  private static func send(
    _ lines: [Substring], from path: String, to client: Client
  ) -> Int32 {
    for (place, line) in lines.enumerated() where !Log.isRemark(line) {
      let request = Client.request(String(line), number: place + 1)
      let start = Clock.seconds
      for reply in client.send(request.name, request.text) {
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
    if !client.conversation.mailbox.isQuiet {
      say(
        "elbo run: \(path): a training in the background ended with the file\n  end the file with trainer.wait to finish it"
      )
    }
    return 0
  }

  private static func complaint(_ error: JSON, at place: String, _ name: String) -> String {
    var lines = ["\(place): \(name): \(error["message"]?.text ?? error.line)"]
    if let hint = error["data"]?["hint"]?.text { lines.append("  \(hint)") }
    return lines.joined(separator: "\n")
  }
}
