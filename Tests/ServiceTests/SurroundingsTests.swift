import Engine
import Glibc
import JSON
import TestSupport
import Testing

@testable import Service

/// The behaviour of the program in a restricted environment, with the real binary.
@Suite(.serialized) struct Surroundings {
  private let folder = Folder()

  /// Starts the program in a shell, after a shell command.
  private func child(_ line: String) throws -> Child {
    try Child(["-c", "\(line)exec \(Child.binary) \"$@\"", "sh", "serve"], of: "/bin/sh")
  }

  private func child(_ line: String, _ arguments: [String]) throws -> Child {
    try Child(
      ["-c", "\(line)exec \(Child.binary) \"$@\"", "sh", "serve"] + arguments, of: "/bin/sh")
  }

  private func train(_ child: Child) -> String? {
    for line in SmallTraining.setup { child.send(line) }
    for _ in SmallTraining.setup { guard child.message()?["result"] != nil else { return nil } }
    _ = child.call("trainer.step", ["trainer": "t", "updates": 3])
    return child.call("trainer.history", ["trainer": "t"])?["result"]?.line
  }

  /// A process that cannot talk or listen says so, and its status is not that of success.
  @Test(arguments: [
    ("exec >&-; ", "stdout is closed"), ("exec <&-; ", "stdin is closed"),
    ("exec < /; ", "cannot read stdin: Is a directory"),
    ("ulimit -n 4; ", "cannot begin: Too many open files"),
    ("ulimit -n 5; ", "cannot begin: Too many open files"),
  ])
  func whatCannotBeUsedIsSaid(line: String, message: String) throws {
    let path = folder("err")
    let child = try child("exec 2>\(path); \(line)")
    child.closeInput()
    #expect(child.end() == 1)
    #expect(try contents(of: path) == "elbo: \(message)\n")
  }

  /// If a file may not grow, the write is an error, and the existing file stays.
  @Test func aLimitOnFilesIsAnError() throws {
    let path = folder("m")
    let child = try child("ulimit -f 1; ")
    #expect(train(child) != nil)
    #expect(writeAll(Array("old".utf8), to: open(path, O_WRONLY | O_CREAT, 0o600)))
    let reply = try #require(
      child.call("model.save", ["model": "m", "path": .string(path), "replace": true]))
    #expect(reply.code == 1304, "\(reply.line)")
    #expect(reply["error"]?["data"]?["hint"]?.text?.contains("ulimit -f") == true)
    #expect(try contents(of: path) == "old")
    #expect(child.call("engine.ping")?["result"] == [:])
    child.closeInput()
    #expect(child.end() == 0)
  }

  /// The files of a killed save are removed by the next save of the same file, in another process.
  @Test func whatAKilledSaveLeavesIsRemoved() throws {
    let build = request(
      "model.build",
      [
        "name": "m", "shape": [20_000], "latent": 2, "likelihood": ["type": "bernoulli"],
        "encoder": [["type": "dense", "units": 300], ["type": "dense"]],
        "decoder": [["type": "dense", "units": 300], ["type": "dense"]],
      ])
    let save = request("model.save", ["model": "m", "path": .string(folder("m"))])
    var left = 0
    for _ in 0..<3 {
      let child = try child("")
      child.send(build)
      #expect(child.message()?["result"] != nil)
      child.send(save)
      let deadline = Clock.seconds + 30
      while folder.names.isEmpty, Clock.seconds < deadline { usleep(200) }
      child.signal(SIGKILL)
      #expect(child.end() == -SIGKILL)
      left += folder.names.count { $0.hasPrefix(".elbo-") }
    }
    #expect(left > 0)
    let child = try child("")
    child.send(build + "\n" + save)
    for _ in 0..<2 { #expect(child.message()?["result"] != nil) }
    #expect(folder.names == ["m"])
  }

  /// A recording that may not grow ends, and the session continues.
  /// Nothing is answered by a session that has not what the one before had.
  @Test func aStateThatCannotBeOpenedEndsTheProcessBeforeARequest() throws {
    let ping = request("engine.ping")
    // The process may have ended before the ping is written.
    signal(SIGPIPE, SIG_IGN)
    let path = try folder.write("file", [1])
    mkdir(folder("damaged"), 0o700)
    try folder.write("damaged/session.json", Array("[{]".utf8))
    let uses = try Child(["serve", "--state", folder("used")])
    #expect(uses.call("engine.ping")?["result"] == [:])
    for (state, words) in [
      (path, "is not a folder"), (folder("no/such"), "No such file or directory"),
      (folder("damaged"), "put a copy of it back"), (folder("used"), "another run writes"),
    ] {
      for _ in 0..<20 {
        let run = try Child.run(["serve", "--state", state], ping)
        #expect(run.status == 1 && run.text == "", "\(state): \(run.text)")
      }
      let run = try Child.run(["serve", "--state", state], ping, joiningErrors: true)
      #expect(run.text.hasPrefix("elbo: --state: ") && run.text.contains(words), "\(run.text)")
    }
  }

  @Test func aRecordingThatIsFullEndsAlone() throws {
    let child = try child("ulimit -f 1; ", ["--record", folder("log")])
    for _ in 0..<50 { #expect(child.call("engine.info")?["result"] != nil) }
    child.closeInput()
    #expect(child.end() == 0)
  }

  /// A team has as many threads as the system provides, reports their number, and computes the
  /// same.
  @Test func aTeamHasTheThreadsThatCanBeHad() throws {
    let whole = try child("", ["--threads", "2"])
    let expected = try #require(train(whole))
    let child = try child("ulimit -v 600000; ", ["--threads", "1024"])
    #expect(child.call("engine.info")?["result"]?["threads"] == 1024)
    #expect(train(child) == expected)
    guard case .int(let threads) = child.call("engine.info")?["result"]?["threads"] else {
      Issue.record("no threads")
      return
    }
    #expect(threads > 1 && threads < 600)
    // Some memory is left for other tests.
    let large: JSON = [
      "name": "n", "shape": [20_000], "latent": 2, "likelihood": ["type": "bernoulli"],
      "encoder": [["type": "dense", "units": 500], ["type": "dense"]],
      "decoder": [["type": "dense", "units": 500], ["type": "dense"]],
    ]
    #expect(child.call("model.build", large)?["result"] != nil)
    child.closeInput()
    #expect(child.end() == 0)
  }

  private static let canHideProc =
    (try? Child(["--mount", "mount", "-t", "tmpfs", "none", "/proc"], of: "/usr/bin/unshare"))?
    .end() == 0

  /// Swift reads the command line from `/proc`, and so do the checks of memory.
  @Test(.enabled(if: canHideProc, "a mount namespace cannot be made here"))
  func worksWithoutProc() throws {
    let hidden = ["--mount", "/bin/sh", "-c", "mount -t tmpfs none /proc; exec \"$0\" \"$@\""]
    let version = try Child(hidden + [Child.binary, "--version"], of: "/usr/bin/unshare")
    #expect(version.line() == "elbo \(Engine.version)")
    let complaint = try Child(
      hidden + [Child.binary, "serve", "--treads", "2"], of: "/usr/bin/unshare",
      joiningErrors: true)
    #expect(complaint.line()?.contains("--threads") == true)
    let child = try Child(
      hidden + [Child.binary, "serve", "--threads", "2"], of: "/usr/bin/unshare")
    #expect(train(child) == train(try self.child("", ["--threads", "2"])))
    let vast = child.call("model.sample", ["model": "m", "count": 1_000_000, "path": "/dev/null"])
    #expect(vast != nil && child.call("engine.ping")?["result"] == [:])
    child.closeInput()
    #expect(child.end() == 0)
  }
}
