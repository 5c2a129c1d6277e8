import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// A session with a plug-in, whose modules behave like the built-in ones.
@Suite(.enabled(if: Compiler.path != nil, "there is no C compiler here"))
struct SessionsWithAPlugin {
  private func replies(
    _ library: String, _ lines: [String], threads: Int = 1
  ) throws -> [JSON] {
    let said = try Child.run(
      ["serve", "--deterministic", "--threads", "\(threads)", "--plugin", library],
      lines.map { $0 + "\n" }.joined())
    #expect(said.status == 0)
    return try said.text.split(separator: "\n").map { try json(String($0)) }
  }

  private func training(_ file: String) throws -> [String] {
    try [
      request(
        "data.load",
        json(#"{"name": "waves", "source": {"type": "waves", "count": 60, "length": 8}}"#)),
      request(
        "model.build",
        json(
          """
          {"name": "vae", "data": "waves", "latent": 2, "likelihood": {"type": "exponential"},
           "encoder": [{"type": "dense", "units": 12}, {"type": "snake"}, {"type": "dense"}],
           "decoder": [{"type": "dense", "units": 12}, {"type": "snake", "frequency": 2},
             {"type": "dense"}]}
          """)),
      request(
        "trainer.create",
        json(
          #"{"name": "run", "model": "vae", "data": "waves", "batch": 30, "objective": {"type": "elbo", "samples": 2}}"#
        )),
      request("trainer.step", json(#"{"trainer": "run", "updates": 20}"#)),
      request("evaluate.elbo", json(#"{"model": "vae", "data": "waves"}"#)),
      request("model.save", json("{\"model\": \"vae\", \"path\": \"\(file)\"}")),
      request("model.load", json("{\"name\": \"again\", \"path\": \"\(file)\"}")),
      request("evaluate.elbo", json(#"{"model": "again", "data": "waves"}"#)),
      request("model.sample", json(#"{"model": "again", "count": 3, "draw": true}"#)),
    ]
  }

  @Test func trainsSavesAndLoads() throws {
    let library = try Compiler.library("examples/plugins/c/extras.c")
    let file = "\(library).safetensors"
    defer { unlink(file) }
    let one = try replies(library, try training(file))
    #expect(one.count == 9)
    for reply in one { #expect(reply["error"] == nil, "\(reply.line)") }
    #expect(one[1]["result"]?["encoder"]?.elements?[1]["parameters"] == 12)
    #expect(
      one[1]["result"]?["likelihood"] == ["type": "exponential"], "as it was written, and no more")
    #expect(one[7]["result"] == one[4]["result"], "the file is the model")
    let draws = try #require(one[8]["result"]?["output"]?["values"]?.elements)
    #expect(try draws.count == 24 && draws.allSatisfy { try Double(json: $0) >= 0 })
    #expect(try replies(library, try training(file), threads: 3) == one, "whatever the threads")
  }

  @Test func isDocumented() throws {
    let library = try Compiler.library("examples/plugins/c/extras.c")
    let got = try replies(
      library,
      [
        request("engine.info"), request("engine.modules", json(#"{"kind": "layer"}"#)),
        request("rpc.discover"),
      ])
    #expect(
      got[0]["result"]?["plugins"]
        == [
          [
            "name": "extras", "version": "1.0", "path": .string(library), "layers": ["snake"],
            "likelihoods": ["exponential"], "sources": ["waves"],
          ]
        ])
    let modules = try #require(got[1]["result"]?["modules"]?.elements)
    let snake = try #require(modules.first { $0["type"] == "snake" })
    #expect(
      snake["options"]?["properties"]?["frequency"]?.line
        == #"{"type":"number","minimum":0.01,"maximum":100.0,"description":"With which a begins.","default":1.0}"#
    )
    let layers = try #require(got[2]["result"]?["components"]?["schemas"]?["layer"]?["oneOf"])
    #expect(layers.elements?.contains { $0["properties"]?["type"]?["const"] == "snake" } == true)
  }

  /// For a wrong member, the reply is that of a built-in module.
  @Test(arguments: [
    (#"{"type": "waves", "count": 0}"#, -32602, "source.count", "an integer from 1 to 1000000"),
    (#"{"type": "waves"}"#, -32602, "source.count", "an integer from 1 to 1000000"),
    (#"{"type": "waves", "count": 3, "lenght": 8}"#, -32602, "source.lenght", "one of type"),
    (#"{"type": "waves", "count": 3, "length": 7}"#, -32602, "source.length", nil),
    (#"{"type": "waves", "count": "x"}"#, -32602, "source.count", "an integer from 1"),
    (#"{"type": "wave"}"#, -32602, "source.type", "one of"),
  ])
  func refusesOptions(source: String, code: Int, path: String, expected: String?) throws {
    let library = try Compiler.library("examples/plugins/c/extras.c")
    let reply = try replies(
      library, [request("data.load", ["source": try json(source)])])[0]
    #expect(reply.code == code)
    #expect(reply["error"]?["data"]?["path"]?.text == path)
    if let expected {
      #expect(reply["error"]?["data"]?["expected"]?.text?.hasPrefix(expected) == true)
    }
  }

  @Test func dataOutsideTheSupport() throws {
    let library = try Compiler.library("examples/plugins/c/extras.c")
    let got = try replies(
      library,
      [
        request(
          "data.load", ["name": "d", "source": ["type": "array", "values": [[1, 2], [3, -1]]]]),
        request(
          "model.build",
          json(
            #"{"name": "m", "data": "d", "latent": 1, "likelihood": {"type": "exponential"}, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}"#
          )),
        request("trainer.create", ["model": "m", "data": "d"]),
      ])
    let fault = try #require(got.last?["error"])
    #expect(fault["code"] == 1102)
    #expect(
      fault["message"]?.text?.contains("row 1, column 1: -1.0 is not a number from 0") == true)
  }

  /// A defect that cannot be seen at start is an error of the request, and the session continues.
  @Test(arguments: [
    (
      ["PLAN": "if (input->extents[0] != 6) plan->parameter_count = -1"], "model.build",
      "encoder[0]: the plug-in liar plans line wrongly: parameter_count: expected from 0 to 16, got -1"
    ),
    (["LOAD": "sink->floats(sink, rows, 1)"], "data.load", "rows: expected a shape, then rows"),
    (
      ["LOAD": "sink->shape(sink, &shape); sink->floats(sink, rows, -1)"], "data.load",
      "rows: expected a count from 0, got -1"
    ),
    (
      [
        "LOAD":
          "sink->shape(sink, &shape); sink->bytes(sink, bytes, 1); sink->floats(sink, rows, 1)"
      ],
      "data.load", "rows: expected all as floats or all as bytes, got both"
    ),
    (
      ["LOAD": "sink->shape(sink, &shape); sink->shape(sink, &shape)"], "data.load",
      "shape: expected one shape, got another"
    ),
    (["LOAD": "return 0"], "data.load", "there are no rows"),
    (["LOAD": "return elbo_fail(error, 0, \"no such sea\")"], "data.load", "no such sea"),
  ])
  func liesThatComeLater(definitions: [String: String], method: String, words: String) throws {
    let isBuild = method == "model.build"
    let library = try Compiler.liar(definitions)
    let got = try replies(
      library,
      [
        isBuild
          ? request(
            "model.build",
            json(
              #"{"shape": [4], "latent": 1, "likelihood": {"type": "bernoulli"}, "encoder": [{"type": "line"}, {"type": "dense"}], "decoder": [{"type": "dense"}]}"#
            )) : request("data.load", ["source": ["type": "steps"]]),
        request("engine.ping", id: 2),
      ])
    #expect(got[0].code == 1501)
    #expect(got[0]["error"]?["data"]?["kind"] == "plugin")
    #expect(got[0]["error"]?["message"]?.text?.contains(words) == true, "\(got[0].line)")
    #expect(got[1]["result"] == [:])
  }
}
