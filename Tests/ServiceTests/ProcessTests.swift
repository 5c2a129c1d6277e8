import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// The behaviour of the program as a process, with the real binary.
@Suite(.serialized) struct Processes {
  private let ping = request("engine.ping")

  @Test(arguments: [
    (["--version"], Int32(0), "elbo 0.1.0\n"), (["--help"], 0, "usage: elbo COMMAND"),
    (["serve", "--help"], 0, "--max-line BYTES"), (["help", "replay"], 0, "--tolerance R"),
    ([], 64, "usage: elbo COMMAND"),
    (["serv"], 64, "elbo: no such command: serv, did you mean \"serve\"?"),
    (["--verson"], 64, "elbo: no such option: --verson"),
    (["serve", "--treads", "2"], 64, "no such option: --treads, did you mean \"--threads\"?"),
    (["serve", "--thread", "2"], 64, "no such option: --thread, did you mean \"--threads\"?"),
    (["serve", "--thread=2"], 64, "no such option: --thread=2, did you mean \"--threads\"?"),
    (["serve", "--max", "4096"], 64, "no such option: --max, did you mean \"--max-line\"?"),
    (["serve", "--det"], 64, "no such option: --det, did you mean \"--deterministic\"?"),
    (["serve", "--threads"], 64, "--threads needs N"),
    (["serve", "--threads", "0"], 64, "--threads: expected an integer from 1 to 1024, got 0"),
    (["serve", "--deterministic=yes"], 64, "--deterministic takes no argument"),
    (["serve", "file"], 64, "expected no file, got file"),
    (["replay"], 64, "expected a file"), (["run"], 64, "expected one file, got 0"),
    (["replay", "--tolerance", "x", "f"], 64, "--tolerance: expected a number from 0, got x"),
    (["serve", "--record", "/nonexistent/log"], 1, "/nonexistent/log: No such file or directory"),
    (["replay", "/nonexistent"], 1, "No such file or directory"),
    (["run", "/nonexistent"], 1, "No such file or directory"),
  ])
  func commandLines(arguments: [String], status: Int32, words: String) throws {
    let run = try Child.run(arguments, joiningErrors: true)
    #expect(run.status == status)
    #expect(run.text.contains(words), "\(run.text)")
  }

  @Test(arguments: [
    ("", Int32(0), 0), (request("engine.ping"), 0, 1), (request("engine.info") + "\n\n{", 0, 2),
    (request("shutdown") + "\n" + request("exit", id: nil), 0, 1),
    (request("exit", id: nil), 1, 0),
  ])
  func endOfInput(input: String, status: Int32, lines: Int) throws {
    let run = try Child.run(["serve"], input)
    #expect(run.status == status)
    #expect(run.text.split(separator: "\n").count == lines)
  }

  @Test func exitEndsItWhileTheInputStaysOpen() throws {
    let child = try Child(["serve"])
    child.send(request("shutdown"))
    #expect(child.line() == #"{"jsonrpc":"2.0","id":1,"result":null}"#)
    child.send(request("exit", id: nil))
    #expect(child.end() == 0)
  }

  @Test func aByteAtATime() throws {
    let child = try Child(["serve"])
    for byte in (ping + "\r\n").utf8 {
      #expect(child.send(bytes: [byte]))
      usleep(100)
    }
    #expect(child.line() == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
  }

  @Test func interruptsAreForRequestsAndTwiceForTheProcess() throws {
    let child = try Child(["serve"])
    child.send(ping)
    _ = child.line()
    child.signal(SIGINT)
    usleep(1_200_000)
    child.send(ping)
    #expect(child.line() != nil, "one interrupt leaves it alive")
    child.signal(SIGINT)
    usleep(100_000)
    child.signal(SIGINT)
    #expect(child.end() == 130)
  }

  @Test func terminated() throws {
    let child = try Child(["serve"])
    child.send(ping)
    _ = child.line()
    child.signal(SIGTERM)
    #expect(child.end() == 143)
  }

  @Test func nobodyReadsAnyMore() throws {
    let child = try Child(["serve"])
    child.send(ping)
    _ = child.line()
    child.closeOutput()
    // No request lacks a reply, so a client that closes both ends in any order sees success.
    #expect(child.end() == 0)
  }

  @Test func nobodyReadsWhatWasAskedFor() throws {
    let child = try Child(["serve"])
    let lines = Array(repeating: request("engine.info"), count: 20_000).joined(separator: "\n")
    #expect(child.send(bytes: Array((lines + "\n").utf8)))
    child.closeOutput()
    #expect(child.end() == 1)
  }

  @Test func runReadsStdin() throws {
    let run = try Child.run(["run", "-"], ping, joiningErrors: true)
    #expect(run.status == 0)
    #expect(run.text.hasPrefix("engine.ping"))
  }

  @Test func anOversizedLineIsNotKept() throws {
    let child = try Child(["serve", "--max-line", "1048576"])
    let stats = request("engine.stats")
    let resident = { (line: String?) -> Int in
      guard let line, case .int(let bytes) = try? json(line)["result"]?["residentBytes"] else {
        return 0
      }
      return bytes
    }
    child.send(stats)
    let before = resident(child.line())
    let megabyte = [UInt8](repeating: 0x78, count: 1 << 20)
    for _ in 0..<200 { #expect(child.send(bytes: megabyte)) }
    child.send("")
    #expect(child.line()?.contains("\"kind\":\"tooLarge\"") == true)
    child.send(stats)
    let after = resident(child.line())
    #expect(before > 0 && after - before < 4 << 20, "\(before) to \(after)")
  }

  @Test func nothingButMessagesOnStdoutAndRecordingReplays() throws {
    let path = "/tmp/elbo-test-\(getpid()).log"
    defer { unlink(path) }
    let input = [ping, "x", request("engine.info", id: "i"), "[\(ping)]"].joined(separator: "\n")
    let run = try Child.run(["serve", "--record", path, "--deterministic"], input)
    for line in run.text.split(separator: "\n") {
      let message = try json(String(line))
      #expect((message.elements?.first ?? message)["jsonrpc"] == "2.0")
    }
    #expect(try Child.run(["replay", path]).text == "\(path): the same\n")
    let changed = try contents(of: path).split(separator: "\n").map {
      $0.hasPrefix("{\"out\"") ? $0.split(separator: "elbo").joined(separator: "oble") : String($0)
    }
    try replace(path, with: changed.joined(separator: "\n"))
    let replay = try Child.run(["replay", path])
    #expect(replay.status == 1)
    #expect(replay.text.contains("expected  \"oble\"\n  got       \"elbo\""), "\(replay.text)")
    #expect(try Child.run(["replay", "--update", path]).text == "\(path): rewritten\n")
    #expect(try Child.run(["replay", "--tolerance", "0", path]).status == 0)
  }

  @Test func runNamesReplayWhereTheFileIsALog() throws {
    let run = try Child.run(["run", "-"], "# A log.\n{\"in\":\(ping)}\n", joiningErrors: true)
    #expect(run.status == 1)
    #expect(
      run.text
        == "elbo run: -: expected requests, got a recorded log\n  elbo replay runs it again\n")
  }

  @Test func runShowsResultsAndStopsAtTheFirstError() throws {
    let input = """
      # A comment, and a blank line.

      // Another.
      {"jsonrpc":"2.0","id":1,"method":"engine.ping"}
      {"jsonrpc":"2.0","method":"engine.info"}
      {"jsonrpc":"2.0","id":3,"method":"engine.inof"}
      {"jsonrpc":"2.0","id":4,"method":"engine.ping"}
      """
    let run = try Child.run(["run", "-"], input, joiningErrors: true)
    #expect(run.status == 1)
    let lines = run.text.split(separator: "\n").map(String.init)
    try #require(lines.count == 4, "\(run.text)")
    #expect(lines[0].hasPrefix("engine.ping"))
    #expect(lines[1].hasPrefix("engine.info") && lines[1].contains("name elbo  version 0.1.0"))
    #expect(lines[2] == "-:6: engine.inof: no such method: \"engine.inof\"")
    #expect(lines[3] == "  did you mean \"engine.info\"?")
  }
}
