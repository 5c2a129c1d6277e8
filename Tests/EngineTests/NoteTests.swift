import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Engine

/// What looks wrong is said where it is done, with a way out; nothing is said where all is well.
@Suite struct Notes {
  private let folder = Folder()
  /// A column, whose values follow from the row's number.
  private struct Column: Sendable {
    let name: String
    let value: @Sendable (Int) -> String

    init(_ name: String, _ value: @escaping @Sendable (Int) -> String) {
      (self.name, self.value) = (name, value)
    }
  }

  /// Loads a table of 60 rows whose columns are formulas of the row's number; returns the reply.
  private func load(
    _ columns: [Column], _ more: String = "", rows: Int = 60,
    in session: Session, name: String = "d"
  ) throws -> JSON {
    var text = columns.map(\.name).joined(separator: ",") + "\n"
    for row in 0..<rows { text += columns.map { $0.value(row) }.joined(separator: ",") + "\n" }
    try folder.write("\(name).csv", Array(text.utf8))
    return try session.call(
      "data.load",
      """
      {"name": "\(name)", "source": {"type": "csv", "path": "\(folder("\(name).csv"))"\(more)},
       "split": {"validation": 12}}
      """)
  }

  /// A number that looks random, from 0 to 1.
  private static func noise(_ row: Int, _ seed: Int = 0) -> Double {
    Double((row * 7919 + seed * 104_729 + 13) * 48_271 % 65_537) / 65_537
  }

  private static let good: [Column] = [
    Column("age", { "\(18 + Int(60 * noise($0)))" }),
    Column("height", { "\(150 + 40 * noise($0, 1))" }),
  ]

  private func notes(_ reply: JSON) -> [String] {
    (reply["notes"]?.elements ?? []).compactMap(\.text)
  }

  @Test func aTableWithoutFaultsHasNone() throws {
    let session = Session()
    let data = try load(Self.good, in: session)
    #expect(data["notes"] == nil)
    let model = try build(#"{"type": "gaussian"}"#, in: session)
    #expect(model["notes"] == nil)
    let trainer = try session.call(
      "trainer.create", #"{"model": "m", "data": "d", "batch": 16, "validation": {}}"#)
    #expect(trainer["notes"] == nil)
  }

  private func build(
    _ likelihood: String, _ more: String = "", in session: Session, data: String = "d"
  ) throws -> JSON {
    try session.call(
      "model.build",
      """
      {"name": "m", "data": "\(data)", "latent": 2, "replace": true, "encoder": [{"type": "dense"}],
       "decoder": [{"type": "dense"}], "likelihood": \(likelihood)\(more)}
      """)
  }

  @Test func columnsOfATable() throws {
    let cases: [(column: Column, words: [String])] = [
      (Column("id", { "\($0)" }), ["\"id\" counts the rows from 0", "\"index\": \"id\""]),
      (Column("nr", { "\($0 + 1)" }), ["\"nr\" counts the rows from 1"]),
      (Column("c", { _ in "5" }), ["\"c\" has the same value in all rows", "\"columns\""]),
      (Column("z", { $0 == 7 ? "2" : "0" }), []),
      (Column("n", { "\(16_777_217 + 2 * ($0 * 37 % 61))" }), ["\"n\" has whole numbers beyond"]),
    ]
    for (column, words) in cases {
      let found = notes(try load(Self.good + [column], in: Session()))
      #expect(found.count == (words.isEmpty ? 0 : 1), "\(column.name): \(found)")
      for word in words { #expect(found.first?.contains(word) == true, "\(column.name): \(found)") }
    }
  }

  /// A first line that is a row would be lost; names that are whole numbers may be names.
  @Test(arguments: [
    (["5.1", "3.5", "setosa"], true), (["age", "3.5", "kind"], false), (["7157", "672"], false),
  ])
  func aHeaderOfNumbers(names: [String], isNoted: Bool) throws {
    let columns = names.enumerated().map { place, name in
      Column(name) { "\(Self.noise($0, place))" }
    }
    let found = notes(try load(columns, in: Session()))
    #expect(found.count == (isNoted ? 1 : 0), "\(found)")
    if isNoted { #expect(found.first?.contains("\"header\": false") == true) }
  }

  @Test func columnsThatRepeatOthersAndColumnsOfZeros() throws {
    let columns: [Column] =
      Self.good + [Column("again", Self.good[0].value), Column("rare", { $0 == 3 ? "4" : "0" })]
    let found = notes(try load(columns, rows: 300, in: Session()))
    #expect(found.count == 2)
    #expect(found.first?.contains("\"again\" has the values of column \"age\" again") == true)
    #expect(found.last?.contains("\"rare\" has 0 in more than 99%") == true)
  }

  @Test func aClassOfFewRows() throws {
    let kinds: [Column] = Self.good + [Column("kind", { $0 < 4 ? "rare" : "common" })]
    let found = notes(try load(kinds, #", "label": "kind""#, in: Session()))
    #expect(found.count == 1)
    #expect(found.first?.contains("class \"rare\" has 4 rows") == true, "\(found)")
  }

  @Test func columnsWhoseScalesLieApart() throws {
    let session = Session()
    let columns: [Column] = Self.good + [Column("rate", { "\(Self.noise($0, 2) / 1000)" })]
    _ = try load(columns, in: session)
    let found = notes(try build(#"{"type": "gaussian"}"#, in: session))
    #expect(found.count == 1 && found.first?.contains("\"rate\"") == true, "\(found)")
    #expect(found.first?.contains(#""preprocess": [{"type": "standardize"}]"#) == true)
    let cured = try build(
      #"{"type": "gaussian"}"#, #", "preprocess": [{"type": "standardize"}]"#, in: session)
    #expect(cured["notes"] == nil)
  }

  @Test func countsAndBytesIntoAGaussian() throws {
    let session = Session()
    _ = try load(
      [
        Column("a", { "\(Int(9 * Self.noise($0)))" }),
        Column("b", { "\(Int(20 * Self.noise($0, 1)))" }),
      ],
      in: session)
    #expect(
      notes(try build(#"{"type": "gaussian"}"#, in: session)).first?
        .contains("negativeBinomial") == true)
    #expect(try build(#"{"type": "poisson"}"#, in: session)["notes"] == nil)
    _ = try session.call(
      "data.load", #"{"name": "s", "source": {"type": "strokes", "count": 50}}"#)
    #expect(
      notes(try build(#"{"type": "gaussian"}"#, in: session, data: "s")).first?
        .contains("discretizedLogistic") == true)
    #expect(
      try build(#"{"type": "discretizedLogistic"}"#, in: session, data: "s")["notes"] == nil)
  }

  /// The border of digits is constant, and most pixels are zeros: that is how images are.
  @Test(arguments: ["[]", #"[{"type": "binarize"}]"#, #"[{"type": "subsample", "factor": 2}]"#])
  func imagesHaveNone(_ transforms: String) throws {
    let session = Session()
    let images = try session.call(
      "data.load",
      """
      {"name": "s", "source": {"type": "strokes", "count": 200}, "transforms": \(transforms),
       "split": {"validation": 20}}
      """)
    #expect(images["notes"] == nil)
    // The same as rows without sides.
    let rows = try session.call("data.get", #"{"data": "s"}"#)["input"]
    let values = try #require(rows?["values"]?.line)
    let width = try (images["shape"]?.elements ?? []).reduce(1) { try $0 * Double(json: $1) }
    let flat = try session.call(
      "data.load",
      """
      {"name": "f", "source": {"type": "array",
       "values": {"shape": [200, \(Int(width))], "values": \(values)}}}
      """)
    #expect(flat["notes"] == nil)
  }

  @Test func trainersOfLargeBatchesLongWarmUpsAndFewValidatedRows() throws {
    let session = Session()
    _ = try load(Self.good, rows: 160, in: session)
    _ = try build(#"{"type": "gaussian"}"#, in: session)
    let found = notes(
      try session.call(
        "trainer.create",
        """
        {"name": "t", "model": "m", "data": "d", "batch": 500, "validation": {},
         "objective": {"type": "elbo", "warmUp": 9}, "schedule": {"type": "cosine", "updates": 10}}
        """))
    #expect(found.count == 3)
    for (note, words) in zip(found, ["\"batch\" is 500", "update 9, ", "12 rows are validated"]) {
      #expect(note.contains(words), "\(note)")
    }
    let step = try session.call("trainer.step", #"{"trainer": "t", "updates": 10}"#)
    #expect(notes(step).count == 1)
    #expect(
      try session.call("trainer.step", #"{"trainer": "t", "updates": 50}"#)["notes"] == nil)
  }

  @Test func rowsAreExaminedUpToABound() throws {
    let session = Session()
    _ = try session.call(
      "data.load", #"{"name": "s", "source": {"type": "strokes", "count": 100}}"#)
    let set = try session.data.find("s", at: "data")
    #expect(try set.tableProfile() == nil)
  }
}

/// Words keep the numbers that they had in the data of the model.
@Suite struct WordsOfAModel {
  private let folder = Folder()

  private func session() throws -> Session {
    let session = Session()
    try folder.write("a.csv", Array("kind,n\nred,1\nblue,2\nred,4\nblue,0\n".utf8))
    try folder.write("b.csv", Array("kind,n\ngreen,1\nblue,2\nred,-4\nblue,0\n".utf8))
    for (name, file, words) in [
      ("a", "a", "[\"red\", \"blue\"]"), ("b", "b", "[]"),
      ("more", "b", "[\"red\", \"blue\", \"green\"]"),
    ] {
      _ = try session.call(
        "data.load",
        """
        {"name": "\(name)", "source": {"type": "csv", "path": "\(folder("\(file).csv"))",
         "categories": {"kind": \(words)}}}
        """)
    }
    _ = try session.call(
      "model.build",
      """
      {"name": "m", "data": "a", "latent": 1, "encoder": [{"type": "dense"}],
       "decoder": [{"type": "dense"}], "likelihood": {"type": "mixed", "columns": [
       {"from": 0, "to": 1, "likelihood": {"type": "categorical", "classes": 2}},
       {"from": 1, "to": 2, "likelihood": {"type": "poisson"}}]}}
      """)
    return session
  }

  private func fault(_ params: String, in session: Session) -> Fault? {
    #expect(throws: Fault.self) { try session.call("evaluate.elbo", params) }
  }

  @Test func otherNumbersAreRefusedAlsoAfterALoad() throws {
    let session = try session()
    _ = try session.call(
      "model.save", #"{"model": "m", "path": "\#(folder("m.safetensors"))"}"#)
    let loaded = try session.call(
      "model.load", #"{"name": "l", "path": "\#(folder("m.safetensors"))"}"#)
    #expect(loaded["columns"]?.line == #"["kind","n"]"#)
    #expect(loaded["words"]?.line == #"{"kind":["red","blue"]}"#)
    for model in ["m", "l"] {
      let fault = fault(#"{"model": "\#(model)", "data": "b"}"#, in: session)
      #expect(fault?.kind == .support && fault?.path == "data")
      #expect(fault?.message.contains("0 is \"blue\", and was \"red\"") == true)
      #expect(fault?.hint?.contains(#""categories": {"kind": ["red","blue"]}"#) == true)
      _ = try session.call("evaluate.elbo", #"{"model": "\#(model)", "data": "a"}"#)
    }
  }

  @Test func theComponentAndTheColumnAreNamed() throws {
    let session = try session()
    let word = fault(#"{"model": "m", "data": "more"}"#, in: session)
    #expect(word?.message.contains("row 0, column kind (categorical): 2.0") == true)
    #expect(word?.hint?.contains("preprocess") == false)
    let count = fault(#"{"model": "m", "input": [[0, -4]]}"#, in: session)
    #expect(count?.message.contains("column n (poisson)") == true, "\(count?.message ?? "")")
  }

  @Test func columnsInAnotherOrderAreRefused() throws {
    let session = try session()
    _ = try session.call(
      "data.load",
      """
      {"name": "turned", "source": {"type": "csv", "path": "\(folder("a.csv"))",
       "columns": ["n", "kind"], "categories": {"kind": ["red", "blue"]}}}
      """)
    let fault = fault(#"{"model": "m", "data": "turned"}"#, in: session)
    #expect(fault?.kind == .shape && fault?.hint?.contains("\"columns\"") == true)
  }

  @Test func countsThatAreStandardizedAreRefusedByTheBuild() throws {
    let session = try session()
    let fault = #expect(throws: Fault.self) {
      try session.call(
        "model.build",
        """
        {"data": "a", "latent": 1, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}],
         "likelihood": {"type": "poisson"}, "preprocess": [{"type": "standardize"}],
         "fitOn": "all"}
        """)
    }
    #expect(fault?.kind == .support && fault?.hint?.contains("\"preprocess\"") == true)
  }
}
