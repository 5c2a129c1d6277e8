import Files
import Glibc
import JSON
import TestSupport
import Testing

@testable import Service

/// `elbo sweep`: a file of requests with each combination of some values.
@Suite struct Sweeps {
  private let folder = Folder()

  private static let requests = """
    # A small model.
    {"method": "data.load", "params": {"name": "d", "source": {"type": "strokes", "count": 40}, "split": {"validation": 10}, "transforms": [{"type": "subsample", "factor": 2}, {"type": "binarize"}]}}
    {"method": "model.build", "params": {"name": "m", "data": "d", "latent": 2, "encoder": [{"type": "dense", "units": 4}, {"type": "dense"}], "decoder": [{"type": "dense"}], "likelihood": {"type": "bernoulli"}}}
    {"method": "trainer.create", "params": {"name": "t", "model": "m", "data": "d", "batch": 10}}
    {"method": "trainer.step", "params": {"trainer": "t", "updates": 3}}
    {"method": "trainer.step", "params": {"trainer": "t", "updates": 2}}
    {"method": "model.save", "params": {"model": "m", "path": "models/m.safetensors"}}
    {"method": "model.load", "params": {"name": "again", "path": "models/m.safetensors"}}
    {"method": "evaluate.elbo", "params": {"model": "again", "data": "d", "split": "validation"}}
    """

  private func log(_ text: String = requests) throws -> String {
    try folder.write("vae.ndjson", Array(text.utf8))
  }

  private func run(_ arguments: String...) throws -> (status: Int32?, output: String) {
    let (status, text) = try Child.run(["sweep"] + arguments, joiningErrors: true)
    return (status, text)
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try File.read(folder(path)), as: UTF8.self)
  }

  @Test func valuesAreJSONWordsAndRanges() throws {
    let axis = try Grid.Axis(#"a.b=1,0.5,word,[1,2],{"x":"a,b"},3..5,-1..0,true"#)
    #expect(axis.path == "a.b")
    #expect(
      axis.values == [
        1, 0.5, "word", [1, 2], ["x": "a,b"], 3, 4, 5, -1, 0, true,
      ])
    let grid = try Grid([try Grid.Axis("a=1..3"), try Grid.Axis("b=x,y")])
    #expect(grid.count == 6)
    #expect((0..<6).map { grid.values(of: $0)[0] } == [1, 1, 2, 2, 3, 3])
    #expect((0..<6).map { grid.values(of: $0)[1] } == ["x", "y", "x", "y", "x", "y"])
    #expect(try Grid([]).count == 1)
  }

  @Test(arguments: ["a", "=1", "a=", "a=1,,2", "a=5..1", "a=0..9223372036854775807"])
  func gridsThatAreNone(_ text: String) {
    #expect(throws: Fault.self) { _ = try Grid.Axis(text) }
  }

  @Test func thereIsAnEndToTheRuns() throws {
    let axis = try Grid.Axis("a=1..1000")
    #expect(throws: Fault.self) {
      _ = try Grid([axis, try Grid.Axis("b=1..1000")])
    }
    #expect(throws: Fault.self) { _ = try Grid([axis, axis]) }
  }

  /// What a path sets, in a log of all requests of this suite.
  @Test func pathsLeadToMembers() throws {
    let log = try SweepLog(path: try log()).requests
    func set(_ path: String, _ value: JSON) throws -> [JSON] {
      let path = try RequestPath(path, in: log)
      return try path.requests.map { try path.set(value, in: log[$0]) }
    }
    // A part that the log leaves out begins as its default.
    let rates = try set("trainer.create.optimizer.rate", 0.5)
    #expect(rates.count == 1)
    #expect(rates[0]["params"]?["optimizer"]?["rate"] == 0.5)
    #expect(rates[0]["params"]?["optimizer"]?["type"] == "adam")
    #expect(rates[0]["params"]?["batch"] == 10)
    let units = try set("model.build.encoder.0.units", 9)
    #expect(units[0]["params"]?["encoder"]?.elements?[0] == ["type": "dense", "units": 9])
    #expect(units[0]["params"]?["encoder"]?.elements?[1] == ["type": "dense"])
    #expect(try set("trainer.step.updates", 7).count == 2)
    let second = try RequestPath("trainer.step#2.updates", in: log)
    #expect(second.requests == [4])
    // Given by both steps; given by none and taken by three.
    #expect(try set("updates", 1).count == 2)
    #expect(
      try set("seed", 3).map { $0["method"] } == ["model.build", "trainer.create", "evaluate.elbo"])
    #expect(try set("optimizer.rate", 1).count == 1)
  }

  @Test(
    arguments: [
      ("trainer.create.optimizer.rat", "has no member rat", "\"rate\""),
      ("trainer.creat.seed", "no trainer.creat", "\"trainer.create\""),
      ("sed", "no request of the log takes sed", "\"seed\""),
      ("model.build.encoder.0.unit", "has no member unit", "\"units\""),
      ("model.build.encoder.7.units", "has no 7", "0 to 1"),
      ("model.build.latent.x", "has no members", nil),
      ("trainer.step#3.updates", "no trainer.step#3", "1 to 2"),
      ("trainer.create", "expected a member", "trainer.create.name"),
      ("a..b", "expected a path", nil),
    ] as [(String, String, String?)])
  func wrongPathsNameTheNearest(path: String, message: String, hint: String?) throws {
    let log = try SweepLog(path: try log()).requests
    do throws(Fault) {
      _ = try RequestPath(path, in: log)
      Issue.record("\(path) was taken")
    } catch {
      #expect(error.message.contains(message), "\(error.message)")
      if let hint { #expect(error.hint?.contains(hint) == true, "\(error.hint ?? "none")") }
    }
  }

  @Test func everyCombinationIsRun() throws {
    let out = folder("out")
    let (status, output) = try run(
      try log(), "--grid", "trainer.create.optimizer.rate=0.001,0.1", "--grid", "seed=1..2",
      "--out", out, "--jobs", "2")
    #expect(status == 0, "\(output)")
    #expect(output.contains("run 4 of 4"))
    let rows = try text("out/results.csv").split(separator: "\n")
    try #require(rows.count == 5, "\(rows)")
    #expect(
      rows[0].hasPrefix(
        "run,trainer.create.optimizer.rate,seed,error,trainer.step.update,trainer.step.elbo,"))
    #expect(rows[0].contains(",trainer.step#2.elbo,") && rows[0].contains(",evaluate.elbo.elbo,"))
    #expect(rows[2].hasPrefix("2,0.001,2,,3,"))
    #expect(rows[4].hasPrefix("4,0.1,2,,3,"))
    #expect(Set(rows.dropFirst().map { $0.split(separator: ",").last }) == ["1"])
    #expect(Set(rows.dropFirst().map { $0.split(separator: ",")[4] }).count == 4)
    for name in ["001", "004"] {
      #expect(
        Folder.names(in: folder("out/\(name)")) == [
          "errors.txt", "log.ndjson", "models", "replies.ndjson", "results.csv",
        ])
      #expect(Folder.names(in: folder("out/\(name)/models")) == ["m.safetensors"])
      #expect(try text("out/\(name)/results.csv").contains("\nevaluate.elbo.elbo,-"))
    }
    // Each log makes its run again.
    let again = try Child.run(["run", folder("out/001/log.ndjson")], joiningErrors: true)
    #expect(again.0 == 0, "\(again.1)")
  }

  @Test func runsThatAreDoneAreNotMadeAgain() throws {
    let (path, out) = (try log(), folder("out"))
    _ = try run(path, "--grid", "seed=1..3", "--out", out)
    let whole = try text("out/results.csv")
    let kept = try text("out/001/replies.ndjson")
    // A run that was killed, and one whose log is of other values.
    _ = try folder.write("out/002/replies.ndjson", Array(kept.utf8.prefix(300)))
    _ = try folder.write("out/003/log.ndjson", Array("{}\n".utf8))
    let (status, output) = try run(path, "--grid", "seed=1..3", "--out", out)
    #expect(status == 0)
    #expect(output.contains("1 of 3 runs are done already"), "\(output)")
    #expect(output.contains("run 2 of 3") && output.contains("run 3 of 3"))
    #expect(!output.contains("run 1 of 3"))
    #expect(try text("out/results.csv") == whole)
  }

  @Test func aRunThatFailsSaysWhy() throws {
    let (status, output) = try run(
      try log(), "--grid", "trainer.create.batch=0,10", "--out", folder("out"))
    #expect(status == 1)
    #expect(output.contains("request 3: batch: expected an integer from 1"), "\(output)")
    let rows = try text("out/results.csv").split(separator: "\n")
    #expect(rows[1].contains("request 3: batch") && rows[1].hasSuffix(",,"))
    #expect(rows[2].hasPrefix("2,10,,3,"))
  }

  @Test func printedCommandsMakeTheRuns() throws {
    let (path, out) = (try log(), folder("an out"))
    let (status, commands) = try run(path, "--grid", "seed=1..2", "--out", out, "--print")
    #expect(status == 0)
    let lines = commands.split(separator: "\n")
    try #require(lines.count == 2, "\(commands)")
    for line in lines { #expect(system(String(line)) == 0) }
    let (end, output) = try run(path, "--grid", "seed=1..2", "--out", out)
    #expect(end == 0)
    #expect(output.contains("2 of 2 runs are done already"), "\(output)")
  }

  @Test(
    arguments: [
      (#"{"method":"plot.curves","params":{"trainer":"t","path":"/tmp/x.svg"}}"#, "every run"),
      (#"{"method":"plot.curves","params":{"trainer":"t","path":"../x.svg"}}"#, "leave out .."),
      (#"{"in": {"method":"engine.ping"}}"#, "elbo replay"),
      ("# nothing", "expected requests, got none"),
      ("{", "vae.ndjson:1"),
      (#"{"method":"nope"}"#, #"request 1: no such method: "nope""#),
    ])
  func logsThatCannotBeRun(text: String, message: String) throws {
    let (status, output) = try run(try log(text), "--out", folder("out"))
    #expect(status == 1)
    #expect(output.contains(message), "\(output)")
  }

  /// A path that is varied leads to the folder of each run as well.
  @Test func filesOfARunAreInItsFolder() throws {
    let out = folder("out")
    let (status, output) = try run(
      try log(), "--grid", "model.save.path=models/m.safetensors,c.safetensors", "--out", out)
    #expect(Folder.names(in: folder("out/001/models")) == ["m.safetensors"])
    #expect(Folder.names(in: folder("out/002")).contains("c.safetensors"))
    // The second run loads what it has not saved.
    #expect(status == 1)
    #expect(output.contains("request 7"), "\(output)")
  }

  /// A quotation mark counts even where a combining accent makes it another character.
  @Test(
    arguments: [
      ("a", "'a'", "a"),
      ("'\u{301}", "''\\''\u{301}'", "'\u{301}"),
      ("x\"\u{301},", "'x\"\u{301},'", "\"x\"\"\u{301},\""),
    ])
  func wordsOfShellsAndTables(text: String, word: String, field: String) {
    #expect(Array(shellWord(text).utf8) == Array(word.utf8))
    #expect(Array(csvField(text).utf8) == Array(field.utf8))
  }

  @Test func anInterruptionEndsTheRuns() throws {
    let endless = Self.requests.replacing("\"updates\": 3", with: "\"updates\": 100000000")
    let child = try Child(["sweep", try log(endless), "--out", folder("out"), "--grid", "seed=1,2"])
    let replies = folder("out/001/replies.ndjson")
    for _ in 0..<2000 where access(replies, F_OK) != 0 { usleep(10_000) }
    #expect(access(replies, F_OK) == 0)
    child.signal(SIGINT)
    #expect(child.end() == 130)
    // No process has its log open any longer, so its last reply does not change.
    let left = try text("out/001/replies.ndjson")
    usleep(200_000)
    #expect(try text("out/001/replies.ndjson") == left)
  }
}
