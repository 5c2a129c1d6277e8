import DataSources
import Files
import Glibc
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

@testable import Service

/// The command line without a request: from a file to a model, figures and a report.
@Suite struct TrainCommands {
  private let folder = Folder()

  /// A table of two groups of rows.
  private func table(_ name: String = "plants.csv", rows: Int = 120) throws -> String {
    var text = "height,width,kind\n"
    for row in 0..<rows {
      let (group, noise) = (Double(row % 2), Double(row * 48_271 % 997) / 997)
      text +=
        "\(10 + 20 * group + noise),\(3 - group + 0.3 * noise),\(row % 2 == 0 ? "fir" : "oak")\n"
    }
    return try folder.write(name, Array(text.utf8))
  }

  private func run(_ arguments: String...) throws -> (status: Int32?, output: String) {
    try outcome(of: arguments)
  }

  /// Runs the program to its end; returns its status, and what it wrote to stdout and stderr.
  private func outcome(of arguments: [String]) throws -> (status: Int32?, output: String) {
    let (status, text) = try Child.run(arguments, joiningErrors: true)
    return (status, text)
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try File.read(folder(path)), as: UTF8.self)
  }

  private func train(_ out: String, _ more: [String] = []) throws -> (
    status: Int32?, output: String
  ) {
    try outcome(
      of: [
        "train", try table(), "--label", "kind", "--updates", "200", "--layers", "16", "--out",
        folder(out),
      ] + more)
  }

  @Test func aTableBecomesAModelAndAReport() throws {
    let (status, output) = try train("a")
    #expect(status == 0, "\(output)")
    #expect(output.contains("gaussian for all 2 columns, because"))
    #expect(output.contains("log p(x) is ") && output.contains(" ± "))
    let names = Folder.names(in: folder("a"))
    for name in [
      "history.csv", "log.ndjson", "model.safetensors", "report.md", "results.csv",
      "trainer.safetensors",
    ] { #expect(names.contains(name), "\(names)") }
    let report = try text("a/report.md")
    #expect(report.contains("rows that were set aside") && report.contains("## Choices"))
    #expect(!report.contains(folder.path))
    #expect(try text("a/results.csv").hasPrefix("name,value\nlogLikelihood,"))
    #expect(try text("a/history.csv").contains("\nvalidation,"))
  }

  @Test func theSameSeedLeavesTheSameFolderAndSoDoesTheLog() throws {
    _ = try train("a", ["--seed", "5"])
    _ = try train("b", ["--seed", "5"])
    _ = try train("c", ["--seed", "6"])
    let names = Folder.names(in: folder("a"))
    #expect(names == Folder.names(in: folder("b")))
    for name in names {
      #expect(try File.read(folder("a/\(name)")) == File.read(folder("b/\(name)")), "\(name)")
    }
    #expect(
      try File.read(folder("a/model.safetensors")) != File.read(folder("c/model.safetensors")))
    mkdir(folder("d"), 0o777)
    try folder.write("d/log.ndjson", File.read(folder("a/log.ndjson")))
    let again = try Child(
      ["-c", "cd '\(folder("d"))' && '\(Child.binary)' run log.ndjson"], of: "/bin/sh")
    again.closeInput()
    _ = again.rest()
    #expect(again.end() == 0)
    for name in ["model.safetensors", "trainer.safetensors"] {
      #expect(try File.read(folder("a/\(name)")) == File.read(folder("d/\(name)")), "\(name)")
    }
  }

  @Test func theLogIsShownOnRequest() throws {
    let (status, output) = try Child.run([
      "train", try table(), "--label", "kind", "--updates", "20", "--out", folder("a"),
      "--print-log",
    ])
    #expect(status == 0)
    #expect(output == (try text("a/log.ndjson")))
  }

  @Test func aSavedModelDrawsEncodesAndScores() throws {
    _ = try train("a")
    let data = folder("plants.csv")
    #expect(try run("sample", folder("a"), "-n", "7", "--out", folder("s.csv")).status == 0)
    let drawn = try text("s.csv").split(separator: "\n")
    #expect(drawn.count == 8 && drawn.first == "height,width")
    #expect(
      try run("sample", folder("a/model.safetensors"), "--out", folder("s.npy")).status == 0)
    #expect(try run("encode", folder("a"), data, "--out", folder("z.csv")).status == 0)
    #expect(try text("z.csv").split(separator: "\n").count == 121)
    #expect(try run("encode", folder("a"), data, "--out", folder("z.npy")).status == 0)
    let (status, output) = try run("score", folder("a"), data, "--out", folder("p.csv"))
    #expect(status == 0 && output.hasPrefix("log p(x) is "), "\(output)")
    #expect(try text("p.csv").split(separator: "\n").count == 121)
    #expect(try run("score", folder("a"), data, "--out", folder("p.npy")).status == 0)
    let scores = try NPY(contentsOf: folder("p.npy"))
    let listed = try text("p.csv").split(separator: "\n").dropFirst().compactMap {
      $0.split(separator: ",").last.flatMap { Float($0) }
    }
    #expect(scores.shape == [120] && scores.tensor.values == listed)
    let names = Folder.names(in: folder.path)
    #expect(!names.contains { $0.hasPrefix(".") || $0.contains("latent") }, "\(names)")
    // An existing file is not written over by itself.
    let (refused, words) = try run("sample", folder("a"), "--out", folder("s.csv"))
    #expect(refused == 1 && words.contains("--replace"))
    #expect(
      try run("sample", folder("a"), "-n", "3", "--replace", "--out", folder("s.csv")).status
        == 0)
    #expect(try text("s.csv").split(separator: "\n").count == 4)
  }

  /// Rows keep the places that they have in the file, and the model its columns.
  @Test func scoresNameTheRowsOfTheFile() throws {
    _ = try train("a")
    try folder.write("gaps.csv", Array("width,height\n1,2\n,2\n1,2\n1,\n2,3\n".utf8))
    let arguments = ["score", folder("a"), folder("gaps.csv"), "--out", folder("p.csv")]
    let (status, output) = try outcome(of: arguments + ["--missing", "drop"])
    #expect(status == 0, "\(output)")
    #expect(output.contains("2 of 5 rows have a missing value and are left out: 1, 3"))
    let rows = try text("p.csv").split(separator: "\n").map { $0.split(separator: ",")[0] }
    #expect(rows == ["row", "0", "2", "4"])
    let array = Array(arguments.dropLast()) + [folder("p.npy"), "--missing", "drop"]
    #expect(try outcome(of: array).status == 0)
    #expect(
      try NPY(contentsOf: folder("p.npy")).doubles.map(\.isNaN) == [
        false, true, false, true, false,
      ])
    let refused = try outcome(of: arguments + ["--columns", "width,nonsense", "--replace"])
    #expect(refused.status == 1)
    #expect(refused.output.contains("--columns: the model's own columns are read, height, width"))
  }

  /// Another character between fields, and other words for what is missing; a table with numbers of
  /// its rows.
  @Test func tablesOfOtherPrograms() throws {
    var text = "id;height;kind\n"
    for row in 0..<200 {
      text += "\(1000 + row);\(row * 37 % 101).5;\(row % 3 == 0 ? "fir" : "oak")\n"
    }
    try folder.write("other.csv", Array((text + "1200;N/A;oak\n1201;NA;oak\n").utf8))
    let train = ["train", folder("other.csv"), "--updates", "20", "--out", folder("a")]
    let comma = try outcome(of: train)
    #expect(comma.status == 1 && comma.output.contains("--delimiter CHARACTER"), "\(comma.output)")
    let words = ["--delimiter", ";", "--missing", "drop"]
    let unknown = try outcome(of: train + words)
    #expect(unknown.status == 1 && unknown.output.contains("--mark WORD"), "\(unknown.output)")
    let (status, output) = try outcome(of: train + words + ["--mark", "N/A"])
    #expect(status == 0, "\(output)")
    #expect(output.contains("2 of 202 rows have a missing value and are left out: 200, 201"))
    #expect(output.contains("\"id\" counts the rows from 1000"), "\(output)")
    let report = try self.text("a/report.md")
    #expect(report.contains("2 of 202 rows"))
    let options = #" --missing "drop" --delimiter ";" --mark "N/A""#
    #expect(report.contains("elbo score . DATA\(options)\n"), "\(report)")
    #expect(report.contains("elbo encode . DATA\(options) --out latents.csv\n"), "\(report)")
    let named = try outcome(
      of: train + words + ["--mark", "N/A", "--likelihood", "gaussian", "--replace"])
    #expect(named.status == 1 && named.output.contains("\"kind\" holds words"), "\(named.output)")
  }

  /// Numbers as another country writes them.
  @Test func numbersOfOtherCountries() throws {
    var text = "price;size\n"
    for row in 0..<200 { text += "\(1 + row % 3).\(100 + row * 37 % 101),5;\(row % 7),25\n" }
    try folder.write("other.csv", Array(text.utf8))
    let options = ["--delimiter", ";", "--updates", "20", "--out", folder("a")]
    let point = try outcome(of: ["train", folder("other.csv")] + options)
    #expect(point.status == 1 && point.output.contains("--decimal CHARACTER"), "\(point.output)")
    let (status, output) = try outcome(
      of: ["train", folder("other.csv")] + options + ["--decimal", ",", "--thousands", "."])
    #expect(status == 0, "\(output)")
    let log = try self.text("a/log.ndjson")
    #expect(log.contains(#""decimal":",""#) && log.contains(#""thousands":".""#), "\(log)")
    let score = ["score", folder("a"), folder("other.csv"), "--delimiter", ";"]
    #expect(try outcome(of: score).status == 1)
    #expect(try outcome(of: score + ["--decimal", ",", "--thousands", "."]).status == 0)
  }

  @Test func wordsKeepTheirNumbers() throws {
    let data = try table()
    let (status, output) = try run(
      "train", data, "--words", "kind", "--updates", "50", "--out", folder("a"))
    #expect(status == 0, "\(output)")
    _ = try run("sample", folder("a"), "--out", folder("s.csv"))
    let words = Set(
      try text("s.csv").split(separator: "\n").dropFirst().compactMap {
        $0.split(separator: ",").last.map(String.init)
      })
    #expect(words.isSubset(of: ["fir", "oak"]), "\(words)")
    #expect(try run("score", folder("a"), data).status == 0)
    // They are found without being named.
    #expect(try run("train", data, "--updates", "50", "--out", folder("b")).status == 0)
    #expect(
      try File.read(folder("a/model.safetensors")) == File.read(folder("b/model.safetensors")))
  }

  @Test(.enabled(if: HDF5Source.isInstalled)) func cellsOfAnnData() throws {
    let cells = "\(root)/Tests/Fixtures/hdf5/today.h5ad"
    let (status, output) = try run(
      "train", cells, "--label", "kind", "--updates", "20", "--out", folder("a"))
    #expect(status == 0 && output.contains("log p(x) is "), "\(output)")
    let (refused, words) = try run("train", cells, "--key", "layers/none", "--out", folder("b"))
    #expect(refused == 1 && words.contains("counts"), "\(words)")
  }

  @Test func foldersThatAreNotItsOwnStay() throws {
    _ = try train("a")
    #expect(try train("a").output.contains("--replace writes over it"))
    #expect(try train("a").status == 1)
    #expect(try train("a", ["--replace"]).status == 0)
    mkdir(folder("mine"), 0o777)
    try folder.write("mine/thesis.txt", Array("x".utf8))
    let (status, output) = try train("mine", ["--replace"])
    #expect(status == 1 && output.contains("thesis.txt"))
    #expect(Folder.names(in: folder("mine")) == ["thesis.txt"])
    mkdir(folder("looks"), 0o777)
    try folder.write("looks/report.md", Array("mine".utf8))
    #expect(try train("looks", ["--replace"]).status == 1)
    #expect(try text("looks/report.md") == "mine")
  }

  @Test func aCommandThatFailsLeavesNothing() throws {
    let (status, output) = try train("a", ["--likelihood", "gausian"])
    #expect(status == 1 && output.contains("gaussian"), "\(output)")
    #expect(!File.exists(folder("a")))
  }

  @Test func whatIsWrongIsSaid() throws {
    let data = try table()
    try folder.write("x.foo", Array("1".utf8))
    try folder.write("two.csv", Array("a,b\n1,2\n3,4\n".utf8))
    try folder.write("units.csv", Array("a,b\ncm,fir\n3,oak\n".utf8))
    let names = (0..<60).map { "plant \($0),\($0 % 7)\n" }.joined()
    try folder.write("names.csv", Array(("name,n\n" + names).utf8))
    _ = try train("a")
    let cases: [(arguments: [String], status: Int32, words: String)] = [
      (["train", folder("none.csv")], 1, "No such file"),
      (["train", folder("x.foo")], 1, "no format is known"),
      (["train", folder("units.csv"), "--out", folder("b")], 1, "--words NAME"),
      (["train", folder("names.csv"), "--out", folder("b")], 1, "--index NAME"),
      (["train"], 64, "expected DATA"),
      (["train", data, "--layers", "8,"], 64, "--layers"),
      (["train", data, "--latent", "0"], 64, "--latent"),
      (["train", data, "--label", "kind", "--out", "/proc/elbo"], 1, "--out"),
      (["train", data, "--key", "x"], 1, "--key is for npz"),
      (["score", folder("a"), folder("two.csv")], 1, "\"height\""),
      (["sample", folder("none"), "--out", folder("o.csv")], 1, "No such file"),
      (["sample", folder("a"), "--out", folder("o.txt")], 64, ".csv, .npy"),
      (["sample", folder("a"), "--out", folder("o.png")], 1, "FILE.csv"),
      (["sample", folder("a"), "--out", folder("none/o.csv")], 1, "cannot write"),
      (["sample", folder("a"), "-n"], 64, "-n"),
      (["encode", folder("a"), data], 64, "--out"),
    ]
    for (arguments, status, words) in cases {
      let result = try outcome(of: arguments)
      #expect(result.status == status, "\(arguments): \(result.output)")
      #expect(result.output.contains(words), "\(arguments): \(result.output)")
    }
    #expect(!File.exists(folder("b")))
  }

  @Test func aModelOfANewerVersionIsRefused() throws {
    _ = try train("a")
    var bytes = try File.read(folder("a/model.safetensors"))
    let mark = Array("elbo model 1".utf8)
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: mark) })
    bytes[place + mark.count - 1] = UInt8(ascii: "7")
    try folder.write("new.safetensors", bytes)
    let (status, output) = try run(
      "sample", folder("new.safetensors"), "--out", folder("o.csv"))
    #expect(status == 1 && output.contains("a newer elbo may read it"), "\(output)")
  }
}
