import Declarations
import Engine
import Glibc
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

/// Changes of the rows that a model declares: `preprocess` and `input` of model.build.
@Suite struct PreprocessTests {
  private let folder = Folder()

  /// Rows of age, income and rate, whose scales differ by seven orders of magnitude.
  private static let table: [[Double]] = (0..<60).map { row in
    let (a, b) = (sin(Double(row) * 1.7), cos(Double(row) * 2.3))
    return [40 + 11 * a, 48_000 + 19_000 * (0.8 * a + 0.6 * b), 0.01 + 0.002 * b]
  }

  private func session(_ rows: [[Double]] = table, split: String = #"{"validation": 20}"#)
    throws -> Session
  {
    let session = Session()
    _ = try session.call(
      "data.load",
      #"{"name": "d", "split": \#(split), "source": {"type": "array", "values": \#(rows)}}"#)
    return session
  }

  private func build(
    _ preprocess: String, likelihood: String = #"{"type": "gaussian"}"#, _ more: String = "",
    in session: Session
  ) throws -> JSON {
    try session.call(
      "model.build",
      #"{"name": "m", "replace": true, "data": "d", "latent": 2, "encoder": [{"type": "dense", "units": 8}, {"type": "tanh"}, {"type": "dense"}], "decoder": [{"type": "dense", "units": 8}, {"type": "tanh"}, {"type": "dense"}], "likelihood": \#(likelihood), "preprocess": \#(preprocess)\#(more)}"#
    )
  }

  private func train(_ updates: Int, in session: Session) throws -> JSON {
    _ = try session.call(
      "trainer.create",
      #"{"name": "t", "replace": true, "model": "m", "data": "d", "batch": 20, "optimizer": {"type": "adam", "rate": 0.01}}"#
    )
    return try session.call("trainer.step", #"{"trainer": "t", "updates": \#(updates)}"#)
  }

  private func likelihood(in session: Session) throws -> Double {
    let reply = try session.call(
      "evaluate.likelihood", #"{"model": "m", "data": "d", "split": "train", "samples": 20}"#)
    return try #require(reply["logLikelihood"]?.number)
  }

  /// Returns a column of a reply's rows.
  private func column(_ column: Int, of rows: JSON?) throws -> [Double] {
    let tensor = try TensorForm(json: try #require(rows)).tensor()
    return (0..<tensor.rows).map { Double(tensor.values[$0 * 3 + column]) }
  }

  @Test func densitiesAreThoseOfTheTableStandardizedByHand() throws {
    let session = try session()
    let numbers = try #require(
      try build(#"[{"type": "standardize"}]"#, in: session)["preprocess"]?.elements?.first)
    _ = try train(150, in: session)
    let own = try likelihood(in: session)
    let (mean, deviation) = (
      try #require(numbers["mean"]?.numbers), try #require(numbers["deviation"]?.numbers)
    )
    let rows = Self.table.map { row in
      (0..<3).map { (row[$0] - mean[$0]) / deviation[$0] }
    }
    let other = try self.session(rows)
    _ = try build("[]", in: other)
    _ = try train(150, in: other)
    let volume = deviation.reduce(0) { $0 + log($1) }
    #expect(try abs(own - (likelihood(in: other) - volume)) < 0.01)
  }

  @Test func numbersAreThoseOfTheTrainingSplit() throws {
    let session = try session()
    _ = try build(#"[{"type": "standardize", "columns": [1]}]"#, in: session)
    let rows = try session.call("data.get", #"{"data": "d", "split": "train"}"#)
    let income = try column(1, of: rows["input"])
    #expect(income.count == 40)
    let mean = income.reduce(0, +) / 40
    let part = try session.call("model.info", #"{"model": "m"}"#)["preprocess"]?.elements?.first
    #expect(abs(try #require(part?["mean"]?.numbers?.first) - mean) < 0.01)
    #expect(part?["columns"] == [1])
  }

  @Test func withoutATrainingSplitAllRowsAreAskedFor() throws {
    let session = try session(split: "null")
    let fault = #expect(throws: Fault.self) {
      try build(#"[{"type": "standardize"}]"#, in: session)
    }
    #expect(fault?.path == "fitOn" && fault?.hint?.contains(#""fitOn": "all""#) == true)
    _ = try build(#"[{"type": "standardize"}]"#, #", "fitOn": "all""#, in: session)
    // What needs no numbers needs no split.
    _ = try build(#"[{"type": "log1p", "columns": [0]}]"#, in: session)
  }

  @Test func aSavedModelKeepsItsChanges() throws {
    let session = try session()
    _ = try build(#"[{"type": "log1p", "columns": [1]}, {"type": "standardize"}]"#, in: session)
    _ = try train(20, in: session)
    let before = try likelihood(in: session)
    let info = try session.call("model.info", #"{"model": "m"}"#)
    _ = try session.call("model.save", #"{"model": "m", "path": "\#(folder("m"))"}"#)
    _ = try session.call(
      "model.load", #"{"name": "m", "replace": true, "path": "\#(folder("m"))"}"#)
    #expect(try session.call("model.info", #"{"model": "m"}"#) == info)
    #expect(try likelihood(in: session) == before)
    #expect(info["preprocess"]?.elements?.count == 2)
  }

  @Test func whatComesOutIsInTheUnitsOfTheRows() throws {
    let session = try session()
    _ = try build(#"[{"type": "standardize"}]"#, in: session)
    _ = try train(200, in: session)
    let drawn = try session.call("model.sample", #"{"model": "m", "count": 400, "draw": true}"#)
    let income = try column(1, of: drawn["output"])
    let mean = income.reduce(0, +) / Double(income.count)
    #expect(abs(mean - 48_000) < 6_000, "\(mean)")
    // The input of a reconstruction is the row itself, not the row changed and turned back.
    let reply = try session.call(
      "model.reconstruct", #"{"model": "m", "data": "d", "indices": [3], "mean": true}"#)
    let rows = try session.call("data.get", #"{"data": "d", "indices": [3]}"#)
    #expect(reply["input"] == rows["input"])
    let output = try #require(try column(1, of: reply["output"]).first)
    #expect((5_000...95_000).contains(output))
  }

  @Test func inputOfACallIsChangedToo() throws {
    let session = try session()
    _ = try build(#"[{"type": "standardize"}]"#, in: session)
    let rows = try session.call("data.get", #"{"data": "d", "indices": [0, 1]}"#)["input"]
    let text = try #require(rows).line
    let given = try session.call("model.encode", #"{"model": "m", "input": \#(text)}"#)
    let own = try session.call("model.encode", #"{"model": "m", "data": "d", "indices": [0, 1]}"#)
    #expect(given["mean"] == own["mean"] && given["mean"] != nil)
  }

  @Test(arguments: [
    (#"[{"type": "log1p"}]"#, "preprocess", "row 3, column 1", "a number above -1"),
    (#"[{"type": "logit", "columns": [0]}]"#, "preprocess", "column 0", "a share from 0 to 1"),
    (
      #"[{"type": "oneHot", "columns": [1]}]"#, "preprocess[0].columns", "column 1", "whole numbers"
    ),
    (
      #"[{"type": "standardize", "columns": ["age"]}]"#, "preprocess[0].columns[0]", "\"age\"",
      "a number"
    ),
    (#"[{"type": "standardize", "columns": [1, 1]}]"#, "preprocess[0].columns[1]", "twice", "once"),
    (#"[{"type": "standardize", "columns": [3]}]"#, "preprocess[0].columns[0]", "3", "from 0 to 2"),
    (
      #"[{"type": "standardize", "mean": [1], "deviation": [1]}]"#, "preprocess[0]",
      "other columns", "3 columns"
    ),
    (
      #"[{"type": "standardize", "mean": [1, 1, 1], "deviation": [1, 0, 1]}]"#, "preprocess[0]",
      "column 1", "above zero"
    ),
  ]) func changesThatDoNotFitAreRefused(
    _ preprocess: String, _ path: String, _ message: String, _ expected: String
  ) throws {
    var rows = Self.table
    rows[3][1] = -2
    let session = try session(rows, split: "null")
    let fault = try #require(
      #expect(throws: Fault.self) {
        try build(preprocess, #", "fitOn": "all""#, in: session)
      })
    #expect(fault.path == path)
    #expect(fault.sentence.contains(message), "\(fault.sentence)")
    #expect(fault.expected?.contains(expected) == true, "\(fault.expected ?? "")")
  }

  @Test func rowsOutsideTheDomainAreRefusedWhereTheyAreUsed() throws {
    let session = try session(Self.table.map { $0.map { abs($0) } })
    _ = try build(#"[{"type": "log1p"}]"#, in: session)
    let fault = #expect(throws: Fault.self) {
      try session.call("evaluate.elbo", #"{"model": "m", "input": [[1, -2, 3]]}"#)
    }
    #expect(fault?.kind == .support && fault?.message.contains("column 1") == true)
  }

  @Test func constantColumnsAreNamed() throws {
    let session = try session(Self.table.map { [$0[0], 5, $0[2]] })
    let reply = try build(#"[{"type": "standardize"}]"#, in: session)
    #expect(reply["notes"]?.elements?.count == 1)
    #expect(reply["notes"]?.line.contains("column 1 is 5") == true)
  }

  @Test func numbersThatAreGivenAreKept() throws {
    let session = try session()
    let reply = try build(#"[{"type": "standardize", "columns": [0], "mean": [7]}]"#, in: session)
    let part = reply["preprocess"]?.elements?.first
    #expect(part?["mean"]?.numbers == [7] && part?["deviation"]?.numbers?.first != nil)
    let range = try build(#"[{"type": "range", "columns": [0], "maximum": [90]}]"#, in: session)
    #expect(range["preprocess"]?.elements?.first?["maximum"]?.numbers == [90])
  }

  @Test func classesBeyondTheLevelsAreRefused() throws {
    let session = try session(Self.table.enumerated().map { [$1[0], Double($0 % 4)] })
    let mixed =
      #"{"type": "mixed", "columns": [{"from": 0, "to": 1, "likelihood": {"type": "gaussian"}}, {"from": 1, "to": 2, "likelihood": {"type": "categorical", "classes": 4}}]}"#
    _ = try build(
      #"[{"type": "oneHot", "columns": [1], "levels": [4]}]"#, likelihood: mixed, in: session)
    let fault = fault {
      _ = try session.call("model.encode", #"{"model": "m", "input": [[40, 7]]}"#)
    }
    #expect(fault?.kind == .support && fault?.expected == "a class from 0 to 3")
  }

  @Test func classesAreSeenOneByOne() throws {
    let session = try session(Self.table.enumerated().map { [$1[0], Double($0 % 4)] })
    let mixed =
      #"{"type": "mixed", "columns": [{"from": 0, "to": 1, "likelihood": {"type": "gaussian"}}, {"from": 1, "to": 2, "likelihood": {"type": "categorical", "classes": 4}}]}"#
    let reply = try build(
      #"[{"type": "oneHot", "columns": [1]}, {"type": "standardize", "columns": [0]}]"#,
      likelihood: mixed, in: session)
    #expect(reply["encoder"]?.elements?.first?["input"] == [5])
    let first = try train(5, in: session)["elbo"]?.number
    let later = try train(400, in: session)["elbo"]?.number
    #expect(try #require(later) > #require(first))
  }

  /// ../shared/cases/relu-bytes and counts of a thousand: the first update was refused.
  @Test(arguments: ["discretizedLogistic", "poisson", "negativeBinomial"])
  func greyLevelsAndCountsTrainFromTheFirstUpdate(_ type: String) throws {
    let session = Session()
    _ = try session.call(
      "data.load", #"{"name": "d", "source": {"type": "strokes", "count": 100}}"#)
    let reply = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 8, "encoder": [{"type": "dense", "units": 32}, {"type": "relu"}, {"type": "dense"}], "decoder": [{"type": "dense", "units": 32}, {"type": "relu"}, {"type": "dense"}], "likelihood": {"type": "\#(type)"}}"#
    )
    #expect(reply["input"] == "scaled")
    _ = try session.call(
      "trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 50}"#)
    let first = try session.call("trainer.step", #"{"trainer": "t", "updates": 1}"#)
    let later = try session.call("trainer.step", #"{"trainer": "t", "updates": 40}"#)
    #expect(try #require(later["elbo"]?.number) > #require(first["elbo"]?.number))
  }
}

/// Encoders that end far beyond the range of log-variances.
extension PreprocessTests {
  /// Incomes into a relu encoder: without bounds the first update was refused.
  @Test(arguments: ["gaussian", "fullGaussian", "flow"]) func largeValuesTrainToo(
    _ posterior: String
  ) throws {
    var rows: [[Double]] = []
    for row in 0..<40 {
      let first = 7 * row
      rows.append([0, 3, 6, 9].map { Double(900 * ((first + $0) % 11)) })
    }
    let session = try session(rows)
    let reply = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 3, "seed": 1, "posterior": {"type": "\#(posterior)"}, "encoder": [{"type": "dense", "units": 16}, {"type": "relu"}, {"type": "dense"}], "decoder": [{"type": "dense", "units": 16}, {"type": "tanh"}, {"type": "dense"}], "likelihood": {"type": "gaussian"}}"#
    )
    #expect(reply["posterior"]?["ceiling"] == 20.0)
    _ = try session.call(
      "trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 20}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 2000}"#)
    let reached = try session.call("evaluate.elbo", #"{"model": "m", "data": "d", "samples": 20}"#)
    // With first weights that do not know the columns' scales: -83,000 to -1,600,000.
    #expect(try #require(reached["elbo"]?.number) > -45)
  }
}

extension JSON {
  fileprivate var number: Double? { try? Double(json: self) }
  fileprivate var numbers: [Double]? { elements?.compactMap(\.number) }
}
