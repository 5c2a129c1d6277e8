import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

/// The checkpoints that a trainer writes by itself.
@Suite struct CheckpointTests {
  private let folder = Folder()
  private var path: String { folder("run") }

  /// A session with data and a model; with a trainer "t" if there are options for it.
  ///
  /// A deterministic session waits for each write.
  private func session(
    _ options: String? = nil, seed: Int = 0, isDeterministic: Bool = true
  ) throws -> Session {
    var configuration = Configuration()
    configuration.isDeterministic = isDeterministic
    let session = Session(configuration)
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "strokes", "count": 60}, "transforms": [{"type": "subsample", "factor": 7}, {"type": "binarize", "threshold": 60}], "split": {"validation": 20}}"#
    )
    _ = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 2, "posterior": {"type": "gaussian", "ceiling": 1e6}, "likelihood": {"type": "bernoulli"}, "encoder": [{"type": "dense", "units": 8}, {"type": "tanh"}, {"type": "dense"}], "decoder": [{"type": "dense"}]}"#
    )
    if let options { try create(options, seed: seed, in: session) }
    return session
  }

  private func create(_ options: String, seed: Int = 0, in session: Session) throws {
    _ = try session.call(
      "trainer.create",
      #"{"name": "t", "model": "m", "data": "d", "batch": 9, "seed": \#(seed)\#(options)}"#)
  }

  private func step(_ updates: Int, in session: Session) throws {
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": \#(updates)}"#)
  }

  private func info(_ session: Session) throws -> JSON {
    try session.call("trainer.info", #"{"trainer": "t", "hash": true}"#)
  }

  private func every(_ every: Int, _ more: String = "") -> String {
    #", "checkpoint": {"path": "\#(path)", "every": \#(every)\#(more)}"#
  }

  private func load(_ path: String, _ more: String = "", in session: Session) throws -> JSON {
    try session.call(
      "trainer.load", #"{"name": "t", "data": "d", "path": "\#(path)"\#(more)}"#)
  }

  private func history() throws -> Int {
    var status = stat()
    #expect(stat(path + "/history.f32", &status) == 0)
    return Int(status.st_size)
  }

  private static let averaged =
    #", "averaging": {"decay": 0.9}, "validation": {"every": 3}, "stopping": {"patience": 1000}"#

  @Test(arguments: ["", averaged, #", "optimizer": {"type": "radam"}"#])
  func aRunGoesOnFromTheNewestAsIfItHadNeverStopped(options: String) throws {
    let whole = try session(options)
    try step(30, in: whole)
    let first = try session(options + every(10), isDeterministic: false)
    try step(24, in: first)
    first.close()
    let second = try session()
    let reply = try load(path, every(10), in: second)
    // The last one was written at the end of the session.
    #expect(reply["update"] == 24)
    try step(6, in: second)
    #expect(try info(second)["hash"] == info(whole)["hash"])
    second.close()
    #expect(try history() == 30 * 12)
  }

  @Test func theNewestAndTheBestAreKept() throws {
    let options = #", "validation": {"every": 2}, "optimizer": {"type": "adam", "rate": 0.01}"#
    let session = try session(options + every(4, #", "keep": 3"#))
    for _ in 0..<22 { try step(1, in: session) }
    session.close()
    let best = try info(session)
    let names = Folder.names(in: path)
    #expect(
      names.filter { $0.hasPrefix("update-") } == [
        "update-000000000016.safetensors", "update-000000000020.safetensors",
        "update-000000000022.safetensors",
      ])
    let elbos = try session.call("trainer.history", #"{"trainer": "t"}"#)["validation"]?["elbo"]?
      .elements?.compactMap { try? Double(json: $0) }
    let place = try #require(elbos?.indices.max { elbos![$0] < elbos![$1] })
    let name = "best-0000000000" + (2 * place + 2 < 10 ? "0" : "") + "\(2 * place + 2).safetensors"
    #expect(names.filter { $0.hasPrefix("best-") } == [name])
    #expect(best["checkpoint"] == nil)
    let again = try self.session()
    #expect(try load("\(path)/\(name)", in: again)["update"] == .int(2 * place + 2))
  }

  @Test func theFileOfTheHistoryIsCutWhereTheCheckpointEnds() throws {
    let whole = try session("")
    try step(20, in: whole)
    let first = try session(every(8))
    try step(8, in: first)
    first.close()
    // What a process leaves that is killed between the history and the checkpoint.
    let file = try #require(fopen(path + "/history.f32", "a"))
    fwrite([Float](repeating: 7, count: 11), 4, 11, file)
    fclose(file)
    let second = try session()
    #expect(try load(path, every(8), in: second)["update"] == 8)
    try step(12, in: second)
    second.close()
    #expect(try info(second)["hash"] == info(whole)["hash"])
    #expect(try history() == 20 * 12)
  }

  @Test func aFolderOfAnotherRunIsRefused() throws {
    let first = try session(every(5))
    try step(10, in: first)
    first.close()
    let names = Folder.names(in: path)
    // A new run, a run of another seed, and an older state of the same run.
    let other = try session()
    let fresh = fault { try create(every(5), in: other) }
    #expect(fresh?.message.contains("holds the checkpoints of another run") == true)
    #expect(fresh?.kind == .wrongState && fresh?.path == "checkpoint.path")
    let older = fault {
      _ = try load(path + "/update-000000000005.safetensors", every(5), in: other)
    }
    #expect(older?.message.contains("later updates, up to 10") == true, "\(older as Any)")
    #expect(older?.hint?.contains("\"replace\": true") == true)
    #expect(Folder.names(in: path) == names)
    #expect(try other.call("trainer.list", "{}")["trainers"]?.elements?.isEmpty == true)

    let reply = try load(
      path + "/update-000000000005.safetensors", every(5, #", "replace": true"#), in: other)
    #expect(reply["update"] == 5)
    try step(1, in: other)
    other.close()
    #expect(
      Folder.names(in: path) == [
        "history.f32", "update-000000000005.safetensors", "update-000000000006.safetensors",
      ])
    let third = try session(every(5, #", "replace": true"#), seed: 4)
    try step(5, in: third)
    third.close()
    #expect(Folder.names(in: path) == ["history.f32", "update-000000000005.safetensors"])
    #expect(try history() == 5 * 12)
  }

  @Test func twoRunsDoNotShareAFolder() throws {
    let first = try session(every(5))
    let second = try session()
    let found = fault { try create(every(5), in: second) }
    #expect(found?.message.contains("another run writes") == true, "\(found as Any)")
    withExtendedLifetime(first) {}
  }

  @Test(arguments: [true, false])
  func trainingGoesOnWhenAFileCannotBeWritten(isDeterministic: Bool) throws {
    let session = try session(every(5), isDeterministic: isDeterministic)
    try step(5, in: session)
    session.close()
    let again = try self.session(isDeterministic: isDeterministic)
    _ = try load(path, every(5), in: again)
    // A folder stands where the next checkpoint would be.
    #expect(mkdir(path + "/update-000000000010.safetensors", 0o700) == 0)
    try step(7, in: again)
    var failure: String?
    for _ in 0..<200 where failure == nil {
      usleep(10_000)
      failure = try info(again)["checkpoint"]?["failure"]?.text
    }
    #expect(failure?.contains("update-000000000010.safetensors") == true)
    rmdir(path + "/update-000000000010.safetensors")
    try step(8, in: again)
    again.close()
    #expect(Folder.names(in: path).last == "update-000000000020.safetensors")
    #expect(try load(path, in: self.session())["update"] == 20)
  }

  @Test func aFailureIsKeptFrom() throws {
    let session = try session(
      every(1000) + #", "optimizer": {"type": "sgd", "rate": 1e30}"#)
    #expect(fault { try step(50, in: session) }?.kind == .notFinite)
    let update = try #require(try info(session)["update"])
    #expect(try info(session)["checkpoint"]?["update"] == update)
    #expect(try load(path, in: self.session())["update"] == update)
  }

  @Test func aDamagedNumberIsNoticed() throws {
    let session = try session(every(4))
    try step(4, in: session)
    session.close()
    let name = path + "/update-000000000004.safetensors"
    let saved = folder("t.safetensors")
    let reply = try session.call(
      "trainer.save", #"{"trainer": "t", "path": "\#(saved)"}"#)
    #expect(try reply["hash"] == info(session)["hash"])
    for path in [name, saved, path + "/history.f32"] {
      var status = stat()
      #expect(stat(path, &status) == 0)
      let file = open(path, O_RDWR)
      // The lowest bit of a number.
      let place = path == saved ? status.st_size - 4 * 4 * 3 - 4 : status.st_size - 4
      var byte: UInt8 = 0
      #expect(pread(file, &byte, 1, place) == 1)
      byte ^= 1
      #expect(pwrite(file, &byte, 1, place) == 1)
      let found = fault { _ = try load(path == saved ? saved : name, in: self.session()) }
      #expect(found?.kind == .badFile, "\(path): \(found as Any)")
      byte ^= 1
      #expect(pwrite(file, &byte, 1, place) == 1)
      close(file)
    }
    #expect(try load(path, in: self.session())["update"] == 4)
  }

  @Test func aPathThatCannotBeAFolderIsRefused() throws {
    let file = try folder.write("file", [1])
    for (path, got) in [(file, "what is not a folder"), (folder("no/such"), folder("no/such"))] {
      let session = try session()
      let found = fault { try create(#", "checkpoint": {"path": "\#(path)"}"#, in: session) }
      #expect(found?.kind == .io && found?.path == "checkpoint.path")
      #expect(found?.message.contains(path) == true && found?.got == got)
      #expect(found?.expected != nil && found?.hint != nil)
    }
    #expect(folder.names == ["file"])
  }

  @Test func aFolderWithoutCheckpointsIsNamed() throws {
    let found = fault { _ = try load(folder.path, in: self.session()) }
    #expect(found?.kind == .io && found?.path == "path")
    #expect(found?.message.contains("a folder without checkpoints") == true)
  }

  /// A trainer that goes back has other updates after the snapshot than its folder.
  @Test(arguments: [true, false])
  func aTrainerThatWentBackGoesOnFromItsFolder(isDeterministic: Bool) throws {
    let options =
      #", "validation": {"every": 4}, "onRefusal": {"type": "rewind", "factor": 1e-6, "most": 20}"#
    let tooHigh = #"{"trainer": "t", "rate": 1000000}"#
    let whole = try session(options)
    try step(22, in: whole)
    _ = try whole.call("trainer.set", tooHigh)
    try step(38, in: whole)
    let rewound = try info(whole)["rewound"]
    #expect(rewound != nil, "the test needs a run that goes back")
    let first = try session(options + every(3), isDeterministic: isDeterministic)
    try step(22, in: first)
    _ = try first.call("trainer.set", tooHigh)
    for _ in 0..<12 { try step(1, in: first) }
    #expect(try info(first)["rewound"] == rewound)
    let update = try info(first)["update"]
    first.close()
    let second = try session()
    #expect(try load(path, every(3), in: second)["update"] == update)
    while try info(second)["update"] != 60 { try step(1, in: second) }
    #expect(try info(second)["hash"] == info(whole)["hash"])
    #expect(try info(second)["rewound"] == rewound)
    second.close()
    #expect(try history() == 60 * 12)
    #expect(try load(path, in: self.session())["update"] == 60)
    for name in Folder.names(in: path) where name.hasSuffix(".safetensors") {
      _ = try load("\(path)/\(name)", #", "replace": true"#, in: second)
    }
  }

  /// States are copied while others are written, and the trainer goes back again and again.
  @Test func manyWaysBackWhileOthersAreWritten() throws {
    for round in 0..<(getenv("ELBO_LONG") == nil ? 10 : 300) {
      let path = folder("\(round)")
      let session = try session(
        #", "validation": {"every": 2}, "onRefusal": {"type": "rewind", "factor": 1e-7, "most": 50}, "checkpoint": {"path": "\#(path)", "every": 1}"#,
        seed: round, isDeterministic: false)
      for _ in 0..<4 {
        try step(7 + round % 3, in: session)
        _ = try session.call("trainer.set", #"{"trainer": "t", "rate": 1000000}"#)
        try step(9, in: session)
      }
      let update = try info(session)["update"]
      let hash = try info(session)["hash"]
      session.close()
      let again = try self.session()
      #expect(try load(path, in: again)["update"] == update)
      #expect(try info(again)["hash"] == hash)
    }
  }

  /// Better validations follow each other faster than they can be written.
  @Test func theBestOnesLeaveRoomForTheRegularOnes() throws {
    let session = try session(
      #", "validation": {"every": 1}, "optimizer": {"type": "sgd", "rate": 0.001}"# + every(20),
      isDeterministic: false)
    for _ in 0..<20 {
      try step(20, in: session)
      usleep(2000)
    }
    usleep(200_000)
    let update = try Int(json: info(session)["checkpoint"]?["update"] ?? 0)
    #expect(update >= 200, "\(update)")
  }

  @Test func theOneBeforeADamagedOneIsNamed() throws {
    let session = try session(every(4))
    try step(8, in: session)
    session.close()
    let newest = path + "/update-000000000008.safetensors"
    let left = path + "/.elbo-0123456789abcdef-0123456789abcdef"
    for file in [newest, left] { #expect(truncate(file, 40) == 0 || creat(file, 0o600) >= 0) }
    let found = fault { _ = try load(path, in: self.session()) }
    let earlier = path + "/update-000000000004.safetensors"
    #expect(found?.hint?.contains(earlier) == true, "\(found as Any)")
    let again = try self.session()
    _ = try load(earlier, every(4, #", "replace": true"#), in: again)
    // What a killed process has left is gone, and so is the damaged one.
    #expect(
      Folder.names(in: path) == ["history.f32", "update-000000000004.safetensors"])
    try step(4, in: again)
    again.close()
    #expect(try load(path, in: self.session())["update"] == 8)
  }

  @Test func aTrainerWhoseLastStateCannotBeWrittenIsNotDropped() throws {
    let session = try session(every(5))
    try step(5, in: session)
    #expect(mkdir(path + "/update-000000000007.safetensors", 0o700) == 0)
    try step(2, in: session)
    let found = fault { _ = try session.call("trainer.drop", #"{"trainer": "t"}"#) }
    #expect(found?.hint?.contains("still there") == true, "\(found as Any)")
    #expect(try info(session)["update"] == 7)
    _ = try session.call("trainer.drop", #"{"trainer": "t", "force": true}"#)
    #expect(try session.call("trainer.list", "{}")["trainers"]?.elements?.isEmpty != false)
  }
}
