import Declarations
import JSON
import Testing

@Suite struct Values {
  @Test(arguments: [
    ("null", JSON.null), ("true", .bool(true)), ("-7", .int(-7)), ("100.0", .real(100)),
    ("0.1", .real(0.1)), ("[1,\"a\\u0000b\"]", .array([.int(1), .string("a\0b")])),
    ("{\"b\":1,\"a\":{}}", .object([.init("b", 1), .init("a", .object([]))])),
  ])
  func parsesAndWritesTheSame(text: String, value: JSON) throws {
    #expect(try JSON(parsing: text) == value)
    #expect(try JSON(parsing: value.line) == value)
  }

  @Test(arguments: [
    (JSON.float(0.1), "0.1"), (.real(0.1), "0.1"), (.real(1e300), "1e+300"),
    (.int(.max), "9223372036854775807"),
    (.floats([0.1, .nan, -.infinity]), "[0.1,\"NaN\",\"-Infinity\"]"),
    (.string("\u{1}\"\\\n"), "\"\\u0001\\\"\\\\\\n\""),
  ])
  func writesTheShortest(value: JSON, text: String) { #expect(value.line == text) }

  @Test(arguments: [
    ("[1\0,2]", Fault.Kind.syntax), ("{} x", .syntax), ("[1,]", .syntax), ("", .syntax),
    ("\"\\ud800\"", .syntax),
    ("{\"a\":1,\"a\":2}", .request), ("{\"a\\u0000\":1}", .request), ("[1e400]", .number),
    ("[9223372036854775808]", .number), ("[1e-400,-1E+999,\"\\\"1e999\",1e999]", .number),
    ("{1e999:1}", .syntax), ("[1e999,01]", .syntax), ("[99999999999999999999,}", .syntax),
  ])
  func refuses(text: String, kind: Fault.Kind) {
    #expect { try JSON(parsing: text) } throws: { ($0 as? Fault)?.kind == kind }
  }

  @Test(arguments: [
    ("[", 100_000, Fault.Kind.syntax), ("0,", 1 << 20, .lineTooLarge),
    ("  ", 9 << 20, .lineTooLarge), ("1", (1 << 16) + 1, .number), ("1", 1 << 16, .number),
    ("7", 16 << 20, .number), ("7]", 1, .syntax),
  ])
  func refusesTooMuch(of text: String, times: Int, kind: Fault.Kind) {
    let long = String(repeating: text, count: times)
    #expect { try JSON(parsing: long) } throws: { ($0 as? Fault)?.kind == kind }
  }

  /// A number with too many digits is refused before the parser copies it, but text that is not
  /// JSON is a syntax error first.
  @Test func longNumbers() throws {
    let zeros = String(repeating: "0", count: 1 << 16)
    #expect(try JSON(parsing: "[0.\(zeros)]") == [0.0])
    #expect(try JSON(parsing: "[\"1\(zeros)\"]").elements?.first?.text?.count == zeros.count + 1)
    for (text, kind) in [
      ("[0.\(zeros)0]", Fault.Kind.number), ("[0.\(zeros)0,]", .syntax), ("0\(zeros)", .syntax),
      ("[1\(zeros)\0]", .syntax), (String(repeating: "[", count: 200) + zeros + "0", .syntax),
    ] {
      #expect { try JSON(parsing: text) } throws: { ($0 as? Fault)?.kind == kind }
    }
  }

  @Test func bracketsInStringsAreNotDepth() throws {
    let text = "\"" + String(repeating: "[", count: 1000) + "\""
    #expect(try JSON(parsing: text).text?.count == 1000)
  }
}

@Suite struct WordsForNumbers {
  @Test(arguments: ["[NaN]", "{\"a\":Infinity}", "[-Infinity]"])
  func bareWordsAreRefusedWithTheirStrings(text: String) {
    let fault = #expect(throws: Fault.self) { try JSON(parsing: text) }
    #expect(fault?.kind == .syntax)
    #expect(fault?.hint?.contains("\"Infinity\"") == true, "\(String(describing: fault))")
    #expect(throws: Fault.self) { try JSON(parsing: "[NaM]") }
  }
}

@Suite struct Suggestions {
  @Test(
    arguments: [
      ("unit", "units"), ("vea", "vae"), ("A", "a"), ("outt", "out"), ("x", nil), ("m2", "m1"),
      ("t", nil), ("xx", nil),
    ] as [(String, String?)])
  func areNear(word: String, known: String?) {
    #expect(nearest(to: word, among: ["units", "vae", "a", "out", "m1", "z", "ok"]) == known)
  }
}

struct Knob: Described, Equatable {
  var units = 3
  var rate: Float = 0.5
  var name: String?
  var flags: [Bool] = []
  init() {}
  static let fields: [Field<Knob>] = [
    Field("units", \.units, "Width.", required: true, .from(1, to: 9)),
    Field("rate", \.rate, "Rate.", .above(0, to: 1)),
    Field("name", \.name, "Name."),
    Field("flags", \.flags, "Flags."),
  ]
}

@Suite struct DescribedStructs {
  @Test func decodesWithDefaultsAndEncodesInOrder() throws {
    let knob = try Knob(json: JSON(parsing: "{\"flags\":[true],\"units\":4.0}"))
    #expect(knob.json.line == "{\"units\":4,\"rate\":0.5,\"flags\":[true]}")
  }

  @Test(
    arguments: [
      ("{\"unit\":4}", "unit", "did you mean \"units\"?"), ("{\"units\":0}", "units", nil),
      ("{\"units\":1.5}", "units", nil), ("{\"units\":1,\"rate\":0}", "rate", nil),
      ("{}", "units", "add \"units\""), ("{\"units\":1,\"flags\":[true,1]}", "flags[1]", nil),
    ] as [(String, String, String?)])
  func namesThePlaceOfAMisfit(text: String, path: String, hint: String?) throws {
    let json = try JSON(parsing: text)
    #expect { try Knob(json: json) } throws: {
      guard let fault = $0 as? Fault else { return false }
      return fault.kind == .params && fault.path == path && fault.hint == hint
    }
  }

  @Test(arguments: ["1e39", "-1e39", "3.5e38"])
  func aNumberBeyondFloat32IsRefusedAsItCame(text: String) throws {
    let fault = #expect(throws: Fault.self) { try Float(json: JSON(parsing: text)) }
    #expect(fault?.message.contains("float32's range") == true)
    #expect(fault.map { "\($0)" }?.contains("Infinity") == false)
    #expect(try Float(json: JSON(parsing: "3.4028234663852886e38")) == .greatestFiniteMagnitude)
    #expect(try Float(json: "Infinity") == .infinity)
  }

  @Test func boundsStandInTheMessageAndInTheSchema() throws {
    #expect { try Knob(json: ["units": 12]) } throws: {
      ($0 as? Fault)?.message == "expected an integer from 1 to 9, got 12"
    }
    let rate = Knob.schema.json["properties"]?["rate"]
    #expect(rate?["exclusiveMinimum"] == .float(0) && rate?["default"] == .float(0.5))
  }

  /// The memory of a text is announced before it is parsed: an empty object of three bytes takes 77
  /// times as much.
  @Test(arguments: [("{},", 77), ("[],", 40), ("0.5,", 16), ("1,", 24)])
  func memoryIsAskedForFirst(unit: String, factor: Int) throws {
    let text = "[" + String(repeating: unit, count: 10_000) + "0]"
    var asked = 0
    _ = try JSON(parsing: text) { (bytes) throws(Fault) in asked += bytes }
    #expect(asked >= factor * text.utf8.count)
    let fault = #expect(throws: Fault.self) {
      try JSON(parsing: text + "no JSON") { (_) throws(Fault) in throw Fault(.memory, "none") }
    }
    #expect(fault?.kind == .memory)
  }
}
