import JSON
import SessionSupport
import Testing

@testable import Service

@Suite struct ForPeople {
  @Test(arguments: [
    (
      #"{"trainer":"run","update":800,"updates":2000,"elbo":-41.234,"updatesPerSecond":1850.4}"#,
      90,
      "trainer.step [######----------] 800/2000  ELBO -41.234  1850 updates/s  0:01 left"
    ),
    (
      #"{"trainer":"run","update":800,"updates":2000,"elbo":-41.234,"updatesPerSecond":0.1}"#, 0,
      "trainer.step  800/2000  ELBO -41.234  0 updates/s  3:20:00 left"
    ),
    (#"{"trainer":"run","update":3,"elbo":"NaN"}"#, 80, "trainer.step  3 updates  ELBO nan"),
    (
      #"{"update":5,"updates":3}"#, 60,
      "trainer.step [########################################] 5/3"
    ),
    (#"{}"#, 80, "trainer.step  "), (#"{"update":"x"}"#, 80, "trainer.step  "),
  ])
  func progress(params: String, columns: Int, line: String) throws {
    let shown = ProgressBar.line("trainer.step", try json(params), columns: columns)
    #expect(shown.prefix { $0 != "[" } == line.prefix { $0 != "[" })
    #expect(shown.count <= max(columns, 80))
    #expect(shown.drop { $0 != "]" } == line.drop { $0 != "]" })
  }

  @Test(arguments: [
    (#"{"update":2000,"elbo":-38.341234}"#, "trainer.step          update 2000  elbo -38.3412"),
    (
      #"{"shape":[14,14],"values":[1,2,3,4,5]}"#,
      "trainer.step          shape [14, 14]  values [… 5]"
    ),
    (#"{"a":{"b":1,"c":"x"},"d":{"e":[]}}"#, "trainer.step          a {b 1, c x}  d {… 1}"),
    ("{}", "trainer.step        "), ("null", "trainer.step        "),
    ("7", "trainer.step          7"),
  ])
  func summaries(result: String, line: String) throws {
    #expect(Summary.line("trainer.step", try json(result), 0) == line)
  }

  @Test func howLongItTook() throws {
    #expect(Summary.line("x", .null, 3.14159).hasSuffix("  (3.14 s)"))
  }

  @Test func optionsAndFilesInAnyOrder() throws {
    let known = [
      Option(name: "threads", argument: "N", summary: ""), Option(name: "update", summary: ""),
    ]
    for words in [
      ["a", "--threads", "2", "b", "--update"], ["--update", "--threads=2", "a", "b"],
      ["--threads=2", "--update", "--", "a", "b"],
    ] {
      let options = try Options(words, known: known)
      #expect(options.operands == ["a", "b"])
      #expect(options["threads"] == "2")
      #expect(options.has("update"))
      #expect(try options.integer("threads", in: 1...4) == 2)
    }
    #expect(try Options(["--", "--update"], known: known).operands == ["--update"])
  }
}
