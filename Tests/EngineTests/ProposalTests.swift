import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Engine

/// A proposal trains at the first try, and says why.
@Suite struct Proposals {
  private let folder = Folder()

  private static func noise(_ row: Int, _ seed: Int = 0) -> Double {
    Double((row * 7919 + seed * 104_729 + 13) * 48_271 % 65_537) / 65_537
  }

  private static let columns: [(name: String, value: @Sendable (Int) -> String)] = [
    ("height", { "\(150 + 40 * noise($0))" }), ("income", { "\(1000 / (0.01 + noise($0, 1)))" }),
    ("colour", { ["red", "green", "blue"][Int(3 * noise($0, 2))] }),
    ("owns", { noise($0, 3) < 0.4 ? "1" : "0" }), ("visits", { "\(Int(15 * noise($0, 4)))" }),
    ("room", { "\(Int(3 * noise($0, 5)))" }), ("year", { _ in "2024" }),
  ]

  /// Loads a table of these columns.
  private func load(_ names: [String], in session: Session, split: String = "") throws {
    let columns = Self.columns.filter { names.contains($0.name) }
    var text = columns.map(\.name).joined(separator: ",") + "\n"
    for row in 0..<200 { text += columns.map { $0.value(row) }.joined(separator: ",") + "\n" }
    try folder.write("t.csv", Array(text.utf8))
    let words = names.contains("colour") ? #", "categories": {"colour": []}"# : ""
    _ = try session.call(
      "data.load",
      """
      {"name": "d", "replace": true,
       "source": {"type": "csv", "path": "\(folder("t.csv"))"\(words)}\(split)}
      """)
  }

  /// Loads the data again as proposed, builds and trains; returns log p(x) of the test rows.
  private func follow(
    _ proposal: JSON, source: String, in session: Session, updates: Int = 60
  ) throws -> Double {
    let split = try #require(proposal["split"]?.line)
    let transforms = proposal["transforms"]?.line ?? "[]"
    _ = try session.call(
      "data.load",
      """
      {"name": "d", "replace": true, "source": \(source), "split": \(split),
       "transforms": \(transforms)}
      """)
    let build = try #require(proposal["build"]?.line.dropFirst())
    _ = try session.call("model.build", #"{"name": "m", "data": "d", "# + build)
    let train = try #require(proposal["train"]?.line.dropFirst())
    _ = try session.call(
      "trainer.create", #"{"name": "t", "model": "m", "data": "d", "# + train)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": \#(updates)}"#)
    let reply = try session.call(
      "evaluate.likelihood", #"{"model": "m", "data": "d", "split": "test", "samples": 10}"#)
    return try #require(reply["logLikelihood"].map { try Double(json: $0) })
  }

  @Test func aTableOfManyKinds() throws {
    let session = Session()
    try load(Self.columns.map(\.name), in: session)
    let proposal = try session.call("model.propose", #"{"data": "d", "seed": 3}"#)
    let likelihood = try #require(proposal["build"]?["likelihood"])
    #expect(likelihood["type"] == "mixed")
    let kinds = (likelihood["columns"]?.elements ?? []).map { $0["likelihood"]?["type"]?.text }
    #expect(
      kinds == [
        "gaussian", "categorical", "bernoulli", "negativeBinomial", "categorical", "gaussian",
      ])
    #expect(likelihood["columns"]?.elements?.last?["likelihood"]?["deviation"] == 1.0)
    let preprocess = (proposal["build"]?["preprocess"]?.elements ?? []).map(\.line)
    #expect(
      preprocess == [
        #"{"type":"log1p","columns":["income"]}"#,
        #"{"type":"standardize","columns":["height","income","year"]}"#,
        #"{"type":"oneHot","columns":["colour","room"],"levels":[3,3]}"#,
      ])
    #expect(proposal["split"]?.line == #"{"validation":20.0,"test":20.0,"seed":3}"#)
    #expect(proposal["build"]?["seed"] == 3 && proposal["train"]?["seed"] == 3)
    #expect((proposal["reasons"]?.elements?.count ?? 0) >= 10)
    let source =
      #"{"type": "csv", "path": "\#(folder("t.csv"))", "categories": {"colour": []}}"#
    let score = try follow(proposal, source: source, in: session)
    #expect(score > -60 && score < 0, "\(score)")
  }

  @Test(arguments: [
    (["height", "income"], "gaussian", "table"), (["owns"], "bernoulli", "table"),
    (["visits"], "negativeBinomial", "table"), (["colour"], "categorical", "table"),
  ])
  func tablesOfOneKind(_ names: [String], _ likelihood: String, _ reason: String) throws {
    let session = Session()
    try load(names, in: session)
    let proposal = try session.call("model.propose", #"{"data": "d", "layers": [8]}"#)
    #expect(proposal["build"]?["likelihood"]?["type"]?.text == likelihood)
    let reasons = (proposal["reasons"]?.elements ?? []).compactMap(\.text)
    #expect(reasons.contains { $0.hasPrefix(likelihood) && $0.contains("because") })
    #expect(reasons.contains { $0.hasPrefix("table, because") })
    // A table has few columns, of which Glorot's first weights are too small.
    for part in ["encoder", "decoder"] {
      let layers = proposal["build"]?[part]?.elements ?? []
      let dense = layers.filter { $0["type"] == "dense" }
      #expect(dense.count == 2 && dense.allSatisfy { $0["initialization"] == "fanIn" }, "\(layers)")
    }
  }

  @Test(arguments: [
    ("[]", "", "discretizedLogistic", "grey levels"),
    (#"[{"type": "binarize"}]"#, "", "bernoulli", "0 or 1"),
    (#"[{"type": "scale", "by": 0.00392156862745098}]"#, "", "continuousBernoulli", "shares"),
    ("[]", #", "likelihood": {"type": "bernoulli"}"#, "bernoulli", "asked for"),
    ("[]", #", "architecture": "conv", "layers": [16]"#, "discretizedLogistic", "grey levels"),
  ])
  func images(
    _ transforms: String, _ wishes: String, _ likelihood: String, _ reason: String
  ) throws {
    let session = Session()
    let source = #"{"type": "strokes", "count": 100}"#
    _ = try session.call(
      "data.load", #"{"name": "d", "source": \#(source), "transforms": \#(transforms)}"#)
    let proposal = try session.call("model.propose", #"{"data": "d"\#(wishes)}"#)
    #expect(proposal["build"]?["likelihood"]?["type"]?.text == likelihood)
    let reasons = (proposal["reasons"]?.elements ?? []).compactMap(\.text)
    #expect(reasons.first?.contains(reason) == true, "\(reasons)")
    #expect(proposal["build"]?["encoder"]?.elements?.first?["initialization"] == nil)
    let asks = proposal["transforms"] != nil
    #expect(asks == (wishes.contains("bernoulli")))
    guard asks || transforms == "[]" else { return }
    #expect(try follow(proposal, source: source, in: session, updates: 3).isFinite)
  }

  @Test func splitsOfTheDataAreTaken() throws {
    let session = Session()
    try load(["height", "income"], in: session, split: #", "split": {"test": 20}"#)
    let proposal = try session.call("model.propose", #"{"data": "d"}"#)
    #expect(proposal["split"] == nil && proposal["train"]?["validation"] == nil)
    #expect(proposal["train"]?["stopping"] == nil)
    try load(["height"], in: session, split: #", "split": {"validation": 30}"#)
    let other = try session.call("model.propose", #"{"data": "d", "updates": 400}"#)
    #expect(other["split"] == nil && other["train"]?["validation"]?["every"] == 10)
    #expect(other["updates"] == 400)
  }

  @Test func fewRowsAreNotDivided() throws {
    let session = Session()
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[1.5, -2], [3, 4], [2, 0.5]]}}"#)
    let proposal = try session.call("model.propose", #"{"data": "d"}"#)
    #expect(proposal["split"] == nil && proposal["build"]?["fitOn"] == "all")
    let build = try #require(proposal["build"]?.line.dropFirst())
    _ = try session.call("model.build", #"{"name": "m", "data": "d", "# + build)
  }

  /// Rows in the request, with names and words, are proposed for as a file with them is.
  @Test func arraysWithNamesAndWords() throws {
    let session = Session()
    try load(["height", "colour"], in: session)
    let wanted = try session.call("model.propose", #"{"data": "d"}"#)
    let values = try session.call("data.get", #"{"data": "d"}"#)["input"]?["values"]?.line ?? ""
    let table =
      #""columns": ["height", "colour"], "categories": {"colour": ["blue", "green", "red"]}"#
    func source(_ members: String) -> String {
      #"{"name": "d", "replace": true, "source": {"type": "array", "values": {"shape": [200, 2], "values": \#(values)}\#(members)}}"#
    }
    _ = try session.call("data.load", source(", " + table))
    #expect(try session.call("model.propose", #"{"data": "d"}"#).line == wanted.line)
    let cases = [
      (#", "columns": ["height"]"#, "source.columns", "2"),
      (#", "columns": ["a", "a"]"#, "source.columns[1]", "once"),
      (#", "categories": {"colour": ["red"]}"#, "source.categories.colour", "no names"),
      (#", "columns": ["a", "b"], "categories": {"c": ["red"]}"#, "source.categories.c", "name"),
      (#", "columns": ["a", "b"], "categories": {"b": []}"#, "source.categories.b", "at least one"),
      (
        #", "columns": ["a", "b"], "categories": {"b": ["red", "red"]}"#, "source.categories.b",
        "twice"
      ),
      (
        #", "columns": ["a", "b"], "categories": {"b": ["red", "blue"]}"#, "source.categories.b",
        "2.0 in row"
      ),
      (
        #", "columns": ["a", "b"], "categories": {"a": ["red"]}"#, "source.categories.a", "in row 0"
      ),
    ]
    for (members, path, words) in cases {
      let fault = #expect(throws: Fault.self) { try session.call("data.load", source(members)) }
      #expect(fault?.path == path && fault?.kind == .params, "\(String(describing: fault))")
      #expect(fault?.message.contains(words) == true, "\(String(describing: fault))")
    }
  }

  @Test func wishesAreKept() throws {
    let session = Session()
    try load(["height", "income"], in: session)
    let proposal = try session.call(
      "model.propose",
      """
      {"data": "d", "encoder": [{"type": "dense", "units": 3}, {"type": "dense"}],
       "decoder": [{"type": "dense"}], "batch": 7, "rate": 0.01, "patience": 2, "validation": 0.25}
      """)
    #expect(proposal["build"]?["encoder"]?.elements?.first?["units"] == 3)
    #expect(proposal["build"]?["decoder"]?.elements?.count == 1)
    #expect(proposal["train"]?["batch"] == 7 && proposal["train"]?["optimizer"]?["rate"] == 0.01)
    #expect(proposal["train"]?["stopping"]?["patience"] == 2)
    #expect(proposal["split"]?.line == #"{"validation":50.0,"test":50.0,"seed":0}"#)
    let reasons = (proposal["reasons"]?.elements ?? []).compactMap(\.text).joined(separator: "; ")
    #expect(reasons.contains("adam at rate 0.01 in batches of 7, for 100 rows"))
    #expect(reasons.contains("if 2 validations in a row") && !reasons.contains("table, because"))
    let none = try session.call("model.propose", #"{"data": "d", "validation": 0}"#)
    #expect(none["split"] == nil && none["train"]?["validation"] == nil)
    #expect(none["build"]?["fitOn"] == "all")
    for wish in ["0.5", "100", "1.5", "1e300"] {
      let fault = #expect(throws: Fault.self) {
        try session.call("model.propose", #"{"data": "d", "validation": \#(wish)}"#)
      }
      #expect(fault?.path == "validation", "\(wish): \(String(describing: fault))")
    }
    try load(["height"], in: session, split: #", "split": {"test": 20}"#)
    let fault = #expect(throws: Fault.self) {
      try session.call("model.propose", #"{"data": "d", "validation": 0.1}"#)
    }
    #expect(fault?.got == "train, test")
  }

  /// Sides that are odd at one halving or another come back as they were.
  @Test(arguments: [
    ([3, 7, 5], "[4, 8]"), ([1, 6, 5], "[4]"), ([9, 10], "[2, 3]"), ([4, 11], "[2, 3]"),
    ([28, 28], "[2, 3, 4]"),
  ]) func convolutionsOfAnySides(_ shape: [Int], _ channels: String) throws {
    let session = Session()
    let count = 20 * shape.reduce(1, *)
    let values = (0..<count).map { "\(Self.noise($0))" }.joined(separator: ",")
    let source =
      #"{"type": "array", "values": {"shape": \#([20] + shape), "values": [\#(values)]}}"#
    _ = try session.call("data.load", #"{"name": "d", "source": \#(source)}"#)
    let proposal = try session.call(
      "model.propose", #"{"data": "d", "architecture": "conv", "layers": \#(channels)}"#)
    #expect(try follow(proposal, source: source, in: session, updates: 3).isFinite)
    for layers in ["[]", "[2, 2, 2, 2, 2]"] {
      let fault = #expect(throws: Fault.self) {
        try session.call(
          "model.propose", #"{"data": "d", "architecture": "conv", "layers": \#(layers)}"#)
      }
      #expect(fault?.path == (layers == "[]" ? "layers" : "architecture"))
    }
  }

  /// A class of which no row is trained on is a class all the same.
  @Test func classesThatAreRare() throws {
    let session = Session()
    let rows = (0..<100).map { "\(Self.noise($0)),\($0 == 50 ? "z" : ["a", "b"][$0 % 2])\n" }
    try folder.write("rare.csv", Array(("x,word\n" + rows.joined()).utf8))
    let source = #"{"type": "csv", "path": "\#(folder("rare.csv"))", "detectWords": true}"#
    for seed in 0..<6 {
      _ = try session.call("data.load", #"{"name": "d", "replace": true, "source": \#(source)}"#)
      let proposal = try session.call("model.propose", #"{"data": "d", "seed": \#(seed)}"#)
      #expect(try follow(proposal, source: source, in: Session(), updates: 3).isFinite)
    }
  }

  @Test(arguments: [
    ("plant ", "", "leave the column out if it names the rows"), ("$", ".50", "take the signs out"),
    ("\u{20AC} -", "", "take the signs out"), ("", "%", "take the signs out"),
    ("$", " each", "leave the column out if it names the rows"),
  ])
  func wordsThatNameTheRows(before: String, after: String, hint: String) throws {
    let session = Session()
    let rows = (0..<60).map { "\(before)\($0)\(after),\($0)\n" }.joined()
    try folder.write("names.csv", Array(("name,n\n" + rows).utf8))
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "csv", "path": "\#(folder("names.csv"))", "detectWords": true}}"#
    )
    let fault = #expect(throws: Fault.self) {
      try session.call("model.propose", #"{"data": "d"}"#)
    }
    #expect(fault?.message == "column \"name\" has 60 different words in 60 rows")
    #expect(fault?.kind == .support && fault?.path == "data")
    #expect(fault?.hint?.hasPrefix(hint) == true)
  }

  @Test(arguments: [
    (#"{"data": "e"}"#, "data", Fault.Kind.unknownName),
    (#"{"data": "d", "architecture": "conv"}"#, "architecture", .params),
    (#"{"data": "d", "architecture": "mpl"}"#, "architecture", .params),
    (#"{"data": "d", "layers": [16, 0]}"#, "layers[1]", .params),
    (#"{"data": "d", "latent": 0}"#, "latent", .params),
    (#"{"data": "d", "likelihood": {"type": "gausian"}}"#, "likelihood.type", .params),
  ]) func wishesThatCannotBe(_ params: String, _ path: String, _ kind: Fault.Kind) throws {
    let session = Session()
    try load(["height"], in: session)
    let fault = #expect(throws: Fault.self) { try session.call("model.propose", params) }
    #expect(fault?.path == path && fault?.kind == kind, "\(String(describing: fault))")
  }
}
