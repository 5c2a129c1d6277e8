import Engine
import Glibc
import JSON
import TestSupport

@testable import Service

/// One process that gets unusual requests: every line must get what the specification says, in
/// time.
struct Interrogation {
  let child: Child
  private let folder: String
  /// The seconds of the slowest exchange.
  private(set) var slowest = 0.0
  /// The time of the last cancel: a second SIGINT within a second would end the program.
  private var lastSignal = 0.0

  /// Memory is limited, so that an unchecked size ends the process and not the machine; gnuplot is
  /// missing.
  init(in folder: String) throws {
    self.folder = folder
    // A process that has ended is reported by its status, without ending the tests.
    signal(SIGPIPE, SIG_IGN)
    child = try Child(
      ["-c", "cd \"$1\" && ulimit -v 6000000 && exec \"$0\" serve 2>errors", Child.binary, folder],
      of: "/bin/sh", in: ["PATH=/nonexistent", "SWIFT_BACKTRACE=enable=no"])
    // The first byte decides the framing, and a mutation may begin with the first letter of a
    // header.
    guard child.call("engine.ping")?["result"] == [:] else { throw Unanswered("no ping", []) }
  }

  /// Sends some lines at once, and reads until the last of them must have its reply. Returns the
  /// replies by their ids.
  @discardableResult
  mutating func exchange(_ lines: [[UInt8]]) throws -> [String: JSON] {
    var expectation = Expectation()
    for line in lines { expectation.expect(line) }
    // This request does not overtake.
    let last = Array(request("data.list", id: "last").utf8)
    expectation.add("last")
    let start = Clock.seconds
    guard child.send(bytes: Array((lines + [last]).joined(separator: [0x0A])) + [0x0A]) else {
      throw gone(lines)
    }
    var replies: [String: JSON] = [:]
    var limits = JSON.Limits()
    (limits.line, limits.values) = (1 << 30, 1 << 27)
    // Progress meanwhile does not extend the deadline.
    var deadline = start + 1
    while true {
      guard let line = child.line(within: max(0, deadline - Clock.seconds)) else {
        // A mutation may make a call endless, so it is cancelled, as a client would do.
        if let status = child.end(within: 0) { throw gone(lines, status) }
        if Clock.seconds - start > 120 { throw Unanswered("it hangs", lines) }
        if Clock.seconds - lastSignal > 1.2 {
          child.signal(SIGINT)
          lastSignal = Clock.seconds
        }
        deadline = lastSignal + 1.3
        continue
      }
      // A large reply is not refused; only requests are.
      let message = try JSON(parsing: line, limits: limits)
      if message["method"] != nil { continue }
      if let misfit = expectation.misfit(of: message) { throw Unanswered(misfit, lines) }
      if message["id"] == "last" { break }
      if let id = message["id"]?.line { replies[id] = message }
      deadline = Clock.seconds + 1
    }
    slowest = max(slowest, Clock.seconds - start)
    if !expectation.ids.isEmpty { throw Unanswered("unanswered: \(expectation.ids)", lines) }
    return replies
  }

  private func gone(_ lines: [[UInt8]], _ status: Int32? = nil) -> Unanswered {
    let status = status ?? child.end(within: 5)
    let words = (try? contents(of: "\(folder)/errors")) ?? ""
    return Unanswered("it has gone, with status \(status ?? 0): \(words)", lines)
  }

  func end() throws {
    child.closeInput()
    guard child.end(within: 60) == 0 else { throw Unanswered("it did not end with 0", []) }
  }

  struct Unanswered: Error, CustomStringConvertible {
    let description: String
    init(_ what: String, _ lines: [[UInt8]]) {
      description = ([what] + lines.map { String(decoding: $0, as: UTF8.self) }).joined(
        separator: "\n")
    }
  }
}

/// Folders for the files of a test.
enum Scratch {
  static func make(_ name: String) -> String {
    let folder = "/tmp/elbo-test-\(getpid())-\(name)"
    mkdir(folder, 0o755)
    return folder
  }

  static func remove(_ folder: String) {
    for name in Folder.names(in: folder) where Glibc.remove("\(folder)/\(name)") != 0 {
      remove("\(folder)/\(name)")
    }
    rmdir(folder)
  }
}
