import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// Trainings that are ended from outside at random moments: "The end" of the protocol, line by
/// line.
@Suite(.serialized) struct RandomEndings {
  enum Mode: String, CaseIterable { case step, background, wait }

  private static let rounds = Repetition.times(20, long: 200)
  /// More updates than can be done.
  private static let endless = 1_000_000_000

  /// A training under way: request 4 starts it, 5 waits for it if needed, 6 is a query after them.
  private struct Scene {
    let child: Child
    let mode: Mode
    var dice: Dice
    /// The messages that are not replies to a ping.
    var replies: [JSON] = []

    init(_ mode: Mode, _ dice: Dice, updates: Int = endless, hasBegun: Bool = false) throws {
      self.mode = mode
      self.dice = dice
      child = try SmallTraining.child()
      let work: JSON = ["trainer": "t", "updates": .int(updates)]
      child.send(request(mode == .step ? "trainer.step" : "trainer.start", id: 4, work))
      if mode == .wait { child.send(request("trainer.wait", id: 5, ["trainer": "t"])) }
      if hasBegun { collect(until: "taken", asking: request("engine.stats", id: "taken")) }
      child.send(request("trainer.info", id: 6, ["trainer": "t"]))
      // A ping overtakes, so its reply shows that everything before it has been read.
      collect(until: "read", asking: request("engine.ping", id: "read"))
      usleep(UInt32(self.dice.below(30_000)))
    }

    private mutating func collect(until id: JSON, asking line: String) {
      child.send(line)
      while let message = child.message() {
        if message["id"] != id {
          replies.append(message)
        } else if message["result"]?["queued"] ?? 0 == 0 {
          return
        } else {
          child.send(line)
        }
      }
    }

    /// Reads to the end; returns the exit status and the seconds since `start`.
    mutating func end(since start: Double) -> (status: Int32?, seconds: Double) {
      replies += child.rest().split(separator: "\n").compactMap {
        try? child.validated(json(String($0)))
      }
      let status = child.end()
      return (status, Clock.seconds - start)
    }

    /// Returns the only reply with this id; nil for none and for several.
    func only(_ id: Int) -> JSON? {
      let found = replies.filter { $0["id"] == .int(id) }
      return found.count == 1 ? found[0] : nil
    }
  }

  /// Repeats every round of every mode; a round returns the seconds until the end if there was
  /// nothing left to finish.
  private func repeated(_ name: String, _ round: (Mode, Dice) throws -> Double?) throws {
    var times = Times()
    for number in 0..<Self.rounds {
      let seed = Repetition.seed &+ UInt64(number)
      let mode = Mode.allCases[number % Mode.allCases.count]
      do {
        if let seconds = try round(mode, Dice(seed)) { times.add(seconds: seconds) }
      } catch {
        // The next rounds would wait as long for the same failure.
        Issue.record("\(mode), ELBO_SEED=\(seed): \(error)")
        return
      }
    }
    figure("\(name): gone after \(times.words(bound: 1000))")
    // The protocol allows a second; a shared machine gets more.
    #expect(times.greatest < 15_000)
  }

  @Test func theInputEnds() throws {
    try repeated("end of input") { mode, dice in
      var dice = dice
      // Requests are finished, so they must have an end.
      let updates = mode == .background ? Self.endless : 1 + dice.below(5000)
      var scene = try Scene(mode, dice, updates: updates)
      let start = Clock.seconds
      scene.child.closeInput()
      let end = scene.end(since: start)
      try require(end.status == 0, "status \(end.status as Any)")
      try require(scene.only(4)?["result"] != nil, "\(scene.replies)")
      try require(scene.only(6)?["result"] != nil, "\(scene.replies)")
      switch mode {
      case .step: try require(scene.only(4)?["result"]?["updates"] == .int(updates), "cut short")
      case .wait: try require(scene.only(5)?["result"]?["update"] == .int(updates), "cut short")
      case .background: break
      }
      return mode == .background ? end.seconds : nil
    }
  }

  @Test func itIsTerminated() throws {
    try repeated("SIGTERM") { mode, dice in
      var scene = try Scene(mode, dice)
      let start = Clock.seconds
      scene.child.signal(SIGTERM)
      let end = scene.end(since: start)
      try require(end.status == 143, "status \(end.status as Any)")
      // Each request gets one reply: done, stopped after its update, or never begun.
      for id in mode == .wait ? [4, 5, 6] : [4, 6] {
        let reply = scene.only(id)
        try require(reply?["result"] != nil || reply?.code == -32800, "\(id): \(scene.replies)")
      }
      if mode == .step, let result = scene.only(4)?["result"] {
        try require(result["stopped"] == "cancelled", result.line)
      }
      return end.seconds
    }
  }

  @Test func itIsInterruptedAndGoesOn() throws {
    try repeated("SIGINT") { mode, dice in
      var scene = try Scene(mode, dice, hasBegun: true)
      scene.child.signal(SIGINT)
      // A background run is not interrupted, since no request runs.
      while scene.only(6) == nil, let message = scene.child.message() {
        scene.replies.append(message)
      }
      if mode == .step {
        try require(scene.only(4)?["result"]?["stopped"] == "cancelled", "\(scene.replies)")
      }
      if mode == .wait { try require(scene.only(5)?["result"] != nil, "\(scene.replies)") }
      let state: JSON = mode == .step ? "idle" : "running"
      try require(scene.only(6)?["result"]?["state"] == state, "\(scene.replies)")
      try require(scene.child.call("engine.ping", id: 7)?["result"] == [:], "no ping")
      let start = Clock.seconds
      scene.child.closeInput()
      let end = scene.end(since: start)
      try require(end.status == 0, "status \(end.status as Any)")
      return end.seconds
    }
  }

  @Test func itIsInterruptedTwice() throws {
    try repeated("SIGINT twice") { mode, dice in
      var scene = try Scene(mode, dice)
      scene.child.signal(SIGINT)
      // Two interrupts that are pending at the same time are one.
      usleep(UInt32(200_000 + scene.dice.below(300_000)))
      let start = Clock.seconds
      scene.child.signal(SIGINT)
      let end = scene.end(since: start)
      try require(end.status == 130, "status \(end.status as Any)")
      return end.seconds
    }
  }

  @Test func nobodyReadsAnyMore() throws {
    try repeated("closed stdout") { mode, dice in
      var scene = try Scene(mode, dice)
      if mode == .background {
        while scene.only(6) == nil, let message = scene.child.message() {
          scene.replies.append(message)
        }
      }
      let start = Clock.seconds
      scene.child.closeOutput()
      let end = scene.end(since: start)
      // In background mode every request had its reply.
      try require(end.status == (mode == .background ? 0 : 1), "status \(end.status as Any)")
      return end.seconds
    }
  }

  @Test func theParentIsKilled() throws {
    try repeated("killed parent") { mode, dice in
      var dice = dice
      let folder = "/tmp/elbo-test-\(getpid())-parent"
      mkdir(folder, 0o755)
      defer {
        for name in ["in", "out", "log", "process", "begun", "status", ""] {
          remove("\(folder)/\(name)")
        }
      }
      let work: JSON = ["trainer": "t", "updates": .int(Self.endless)]
      let asked =
        SmallTraining.setup + [
          request(mode == .step ? "trainer.step" : "trainer.start", id: 4, work)
        ] + (mode == .wait ? [request("trainer.wait", id: 5, ["trainer": "t"])] : [])
      try replace("\(folder)/log", with: asked.joined(separator: "\n") + "\n")
      // All requests but the step and the wait have replies before the parent is killed. The shell
      // holds the pipes as a parent does; its own child outlives it to report how the engine ended.
      let script = """
        mkfifo "$1/in" "$1/out"
        ("$0" serve <"$1/in" >"$1/out" & echo $! >"$1/process"; wait $!; echo $? >"$1/status") &
        exec 3>"$1/in" 4<"$1/out"
        cat "$1/log" >&3
        for reply in $2; do read -r line <&4; done
        : >"$1/begun"
        exec sleep 1000
        """
      let parent = try Child(
        ["-c", script, Child.binary, folder, mode == .step ? "1 2 3" : "1 2 3 4"], of: "/bin/sh",
        in: ["PATH=/usr/bin:/bin"])
      try wait(upTo: 10) { access("\(folder)/begun", F_OK) == 0 }
      usleep(UInt32(dice.below(30_000)))
      let start = Clock.seconds
      parent.signal(SIGKILL)
      try wait(upTo: 20) { (try? contents(of: "\(folder)/status").hasSuffix("\n")) == true }
      let seconds = Clock.seconds - start
      let status = try contents(of: "\(folder)/status")
      try require(status == (mode == .background ? "0\n" : "1\n"), "status \(status)")
      let process = pid_t(try contents(of: "\(folder)/process").filter(\.isNumber)) ?? 0
      try require(process > 0 && kill(process, 0) != 0, "process \(process) is left")
      return seconds
    }
  }
}

private struct Unmet: Error, CustomStringConvertible {
  let description: String
}

/// Throws instead of recording, so that the message has the round's seed.
private func require(_ isMet: Bool, _ otherwise: @autoclosure () -> String) throws {
  if !isMet { throw Unmet(description: otherwise()) }
}

private func wait(upTo seconds: Double, _ isMet: () -> Bool) throws {
  let deadline = Clock.seconds + seconds
  while !isMet() {
    if Clock.seconds > deadline { throw Unmet(description: "nothing after \(seconds) s") }
    usleep(1000)
  }
}
