import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

@Suite struct BadInputs {
  @Test(arguments: messages + data + models + trainers + distributions)
  func isToldWhatIsWrongAndTheEngineGoesOn(input: BadInput) throws {
    let lines = input.before + [input.request, Self.call("data.list", "")]
    let replies = try replies(to: lines)
    try #require(replies.count == lines.count)
    for reply in replies.dropLast(2) { #expect(reply["error"] == nil, "\(reply.line)") }
    let error = try #require(replies[lines.count - 2]["error"])
    #expect(error["code"] == .int(input.code))
    #expect(error["data"]?["kind"]?.text == input.kind)
    #expect(error["data"]?["path"]?.text ?? "" == input.path)
    let said = [error["message"], error["data"]?["hint"]].compactMap { $0?.text }.joined(
      separator: " | ")
    #expect(said.contains(input.words), "\(said)")
    #expect(replies.last?["result"]?["data"] != nil)
  }

  @Test func missingGnuplotIsNamedWithItsPackage() throws {
    let file = files("plot.ndjson")
    let lines =
      Self.trainer + [
        Self.call("trainer.step", "\"trainer\":\"t\""),
        Self.call("plot.curves", "\"trainer\":\"t\",\"renderer\":\"gnuplot\""),
        // Without it the program draws by itself.
        Self.call("plot.curves", "\"trainer\":\"t\""),
      ]
    #expect(write(Array(lines.map { $0 + "\n" }.joined().utf8), to: file))
    let pipe = try #require(
      popen("PATH=/nonexistent exec '\(Child.binary)' serve < '\(file)'", "r"))
    defer { pclose(pipe) }
    var replies: [JSON] = []
    var line: UnsafeMutablePointer<CChar>?
    var room = 0
    defer { free(line) }
    while getline(&line, &room, pipe) > 0, let text = line {
      replies.append(try json(String(cString: text)))
    }
    try #require(replies.count == lines.count)
    let error = replies[replies.count - 2]["error"]
    #expect(error?["code"] == 1601 && error?["data"]?["kind"] == "missingProgram")
    #expect(error?["data"]?["hint"]?.text?.contains("gnuplot-nox") == true)
    #expect(replies.last?["result"]?["mediaType"] == "image/png")
  }
}

/// The requests that come before a mistake.
extension BadInputs {
  static func call(_ method: String, _ params: String) -> String {
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\(method)\",\"params\":{\(params)}}"
  }

  /// Returns `data.load` of a source with further members.
  static func load(_ source: String, _ rest: String = "") -> String {
    call("data.load", "\"name\":\"new\",\"source\":{\(source)}\(rest.isEmpty ? "" : ",")\(rest)")
  }

  static func images(_ file: String, _ rest: String = "") -> String {
    load("\"type\":\"idx\",\"images\":\"\(files(file))\"\(rest)")
  }

  static let digits = "\"type\":\"strokes\",\"count\":10"
  static let half = "{\"type\":\"subsample\",\"factor\":2}"

  static func digits(_ name: String, seed: Int = 0, _ transforms: String) -> String {
    let source = "{\"type\":\"strokes\",\"count\":20,\"seed\":\(seed)}"
    return call(
      "data.load", "\"name\":\"\(name)\",\"source\":\(source),\"transforms\":[\(transforms)]")
  }

  /// Returns `model.build` on the data "b" with two latents.
  static func build(
    encoder: String = "{\"type\":\"dense\"}", decoder: String = "{\"type\":\"dense\"}"
  )
    -> String
  {
    call(
      "model.build",
      "\"name\":\"m\",\"data\":\"b\",\"latent\":2,\"encoder\":[\(encoder)],\"decoder\":[\(decoder)],"
        + "\"likelihood\":{\"type\":\"bernoulli\"}")
  }

  static let binary = digits("b", half + ",{\"type\":\"binarize\"}")
  static let others = digits("others", seed: 9, half + ",{\"type\":\"binarize\"}")
  static let grey = digits("grey", half)
  static let model = [binary, build()]
  static let trainer =
    model + [call("trainer.create", "\"name\":\"t\",\"model\":\"m\",\"data\":\"b\"")]
  static let huge = call(
    "meanField.define", "\"name\":\"d\",\"variables\":40,\"energy\":{\"type\":\"allOnesForbidden\"}"
  )

  static func energy(_ variables: Int, _ values: String, _ rest: String = "") -> String {
    call(
      "meanField.define",
      "\"variables\":\(variables),\"energy\":{\"type\":\"table\",\"values\":[\(values)]}\(rest)")
  }
}
