import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

private func call(_ method: String, _ params: String) -> String {
  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\(method)\",\"params\":{\(params)}}"
}

/// Returns `data.load` of a source with further members.
private func load(_ source: String, _ rest: String = "") -> String {
  call("data.load", "\"name\":\"new\",\"source\":{\(source)}\(rest.isEmpty ? "" : ",")\(rest)")
}

private func images(_ file: String, _ rest: String = "") -> String {
  load("\"type\":\"idx\",\"images\":\"\(files(file))\"\(rest)")
}

private let digits = "\"type\":\"strokes\",\"count\":10"
private let half = "{\"type\":\"subsample\",\"factor\":2}"

private func digits(_ name: String, seed: Int = 0, _ transforms: String) -> String {
  let source = "{\"type\":\"strokes\",\"count\":20,\"seed\":\(seed)}"
  return call(
    "data.load", "\"name\":\"\(name)\",\"source\":\(source),\"transforms\":[\(transforms)]")
}

/// Returns `model.build` on the data "b" with two latents.
private func build(
  encoder: String = "{\"type\":\"dense\"}", decoder: String = "{\"type\":\"dense\"}"
)
  -> String
{
  call(
    "model.build",
    "\"name\":\"m\",\"data\":\"b\",\"latent\":2,\"encoder\":[\(encoder)],\"decoder\":[\(decoder)],"
      + "\"likelihood\":{\"type\":\"bernoulli\"}")
}

private let binary = digits("b", half + ",{\"type\":\"binarize\"}")
private let others = digits("others", seed: 9, half + ",{\"type\":\"binarize\"}")
private let grey = digits("grey", half)
private let model = [binary, build()]
private let trainer =
  model + [call("trainer.create", "\"name\":\"t\",\"model\":\"m\",\"data\":\"b\"")]
private let huge = call(
  "meanField.define", "\"name\":\"d\",\"variables\":40,\"energy\":{\"type\":\"allOnesForbidden\"}")

private func energy(_ variables: Int, _ values: String, _ rest: String = "") -> String {
  call(
    "meanField.define",
    "\"variables\":\(variables),\"energy\":{\"type\":\"table\",\"values\":[\(values)]}\(rest)")
}

@Suite struct BadInputs {
  static let messages: [BadInput] = [
    BadInput("not JSON", "not json", -32700, "syntax", "", "byte"),
    BadInput("a word", "engine.ping", -32700, "syntax", "", "a request is one line, as in {"),
    BadInput("a NUL byte", "{\"jsonrpc\":\"2.0\"\0}", -32700, "syntax", "", "NUL"),
    BadInput(
      "no method", "{\"jsonrpc\":\"2.0\",\"id\":1}", -32600, "request", "method", "name of a method"
    ),
    BadInput(
      "no version", "{\"id\":1,\"method\":\"engine.ping\"}", -32600, "request", "jsonrpc",
      "add \"jsonrpc\": \"2.0\""
    ),
    BadInput(
      "an id that is an object", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"engine.ping\"}",
      -32600, "request", "id", "expected"),
    BadInput(
      "a member twice", "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"engine.ping\"}",
      -32600,
      "request", "", "duplicate"),
    BadInput(
      "a number that no double holds", call("engine.ping", "\"x\":1e400"), -32600, "number", "",
      "number"),
    BadInput(
      "an integer past int64", call("engine.ping", "\"x\":9223372036854775808"), -32600, "number",
      "", "integer"),
    BadInput(
      "half a character", call("engine.ping", "\"x\":\"\\ud800\""), -32700, "syntax", "", "Unicode"
    ),
    BadInput(
      "a NUL in a name", call("engine.ping", "\"\\u0000\":1"), -32600, "request", "", "NUL"),
    BadInput(
      "an id that is a list", "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"engine.ping\"}",
      -32600, "request", "id", "expected"),
    BadInput("an empty batch", "[]", -32600, "request", "", "empty batch"),
    BadInput("an unknown method", call("data.laod", ""), -32601, "method", "", "\"data.load\""),
    BadInput(
      "a method that its family lacks", call("model.create", ""), -32601, "method", "",
      "known: model.assign, model.build"),
    BadInput("a family alone", call("engine", ""), -32601, "method", "", "engine.info"),
    BadInput("a method of no family", call("train", ""), -32601, "method", "", "rpc.discover"),
    BadInput(
      "a method with the name of its tool", call("trainer_step", ""), -32601, "method", "",
      "\"trainer.step\""),
    BadInput(
      "parameters that are a text",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"engine.ping\",\"params\":\"x\"}", -32600,
      "request",
      "params", "an object or an array"),
    BadInput(
      "a member where none is", call("engine.ping", "\"x\":1"), -32602, "params", "x",
      "no such member"),
    BadInput(
      "a misspelt member", call("data.load", "\"soruce\":{}"), -32602, "params", "soruce",
      "\"source\""),
    BadInput(
      "a member that is nothing like any", call("data.load", "\"wine\":{}"), -32602, "params",
      "wine",
      "name, source, transforms"),
    BadInput(
      "nothing where something must be", call("data.load", ""), -32602, "params", "source", "add"),
  ]

  static let data: [BadInput] = [
    BadInput(
      "a type alone", call("data.load", "\"source\":\"strokes\""), -32602, "params", "source",
      "write {\"type\": \"strokes\"}"),
    BadInput(
      "an unknown type", load("\"type\":\"stroke\""), -32602, "params", "source.type", "\"strokes\""
    ),
    BadInput(
      "a type that is nothing like any", load("\"type\":\"wine\""), -32602, "params", "source.type",
      "known: array, "),
    BadInput(
      "a source without type", load("\"count\":3"), -32602, "params", "source.type",
      "without a type"),
    BadInput(
      "a wrong type", load("\"type\":\"strokes\",\"count\":\"many\""), -32602, "params",
      "source.count", "expected an integer"),
    BadInput(
      "half a digit", load("\"type\":\"strokes\",\"count\":2.5"), -32602, "params", "source.count",
      "got 2.5"),
    BadInput(
      "out of range", load("\"type\":\"strokes\",\"count\":0"), -32602, "params", "source.count",
      "from 1"),
    BadInput(
      "a name with a space", call("data.load", "\"name\":\"a b\",\"source\":{\(digits)}"), -32602,
      "params", "name", "1 to 64"),
    BadInput(
      "a name in use", after: [load(digits)], load(digits), 1002, "nameInUse", "name", "replace"),
    BadInput(
      "a file that is elsewhere", load("\"type\":\"npy\",\"path\":\"no/such.npy\""), 1302, "io",
      "source.path", "relative paths start from the folder"),
    BadInput("a missing file", images("nowhere"), 1302, "io", "source.images", "No such file"),
    BadInput("a folder", images(""), 1302, "io", "source.images", "folder"),
    BadInput("an empty file", images("empty"), 1303, "badFile", "source.images", "truncated"),
    BadInput("a text", images("text"), 1303, "badFile", "source.images", "byte 0"),
    BadInput("truncated IDX", images("short"), 1303, "badFile", "source.images", "truncated"),
    BadInput(
      "IDX that goes on", images("long"), 1303, "badFile", "source.images", "data continues after"),
    BadInput("extents past the file", images("vast"), 1303, "badFile", "source.images", "product"),
    BadInput("labels for images", images("labels"), 1303, "badFile", "source.images", "extents"),
    BadInput("truncated gzip", images("short.gz"), 1303, "badFile", "source.images", "short.gz"),
    BadInput("corrupt gzip", images("corrupt.gz"), 1303, "badFile", "source.images", "corrupt"),
    BadInput(
      "fewer labels than images", images("images", ",\"labels\":\"\(files("labels-19"))\""), 1303,
      "badFile", "source.labels", "19 labels for 20 images"),
    BadInput(
      "a digit with too few images",
      load(digits, "\"transforms\":[{\"type\":\"perClass\",\"count\":2}]"), -32602, "params",
      "transforms[0].count", "only 1"),
    BadInput(
      "classes without labels",
      call(
        "data.load",
        "\"source\":{\"type\":\"idx\",\"images\":\"\(files("images"))\"},"
          + "\"transforms\":[{\"type\":\"perClass\",\"count\":1}]"), -32602, "params",
      "transforms[0]", "needs labels"),
    BadInput(
      "a misspelt option",
      load(digits, "\"transforms\":[\(half),{\"type\":\"binarize\",\"treshold\":1}]"),
      -32602, "params", "transforms[1].treshold", "\"threshold\""),
    BadInput(
      "an empty validation", load(digits, "\"split\":{\"validation\":0}"), -32602, "params",
      "split.validation", "above 0"),
    BadInput(
      "a fraction of no row", load(digits, "\"split\":{\"validation\":0.01}"), -32602, "params",
      "split.validation", "no row of 10"),
    BadInput(
      "nothing left to train on", load(digits, "\"split\":{\"validation\":10}"), -32602, "params",
      "split.validation", "leave no row"),
    BadInput(
      "unknown data", after: [binary], call("data.info", "\"data\":\"bb\""), 1001, "unknownName",
      "data", "\"b\""),
    BadInput(
      "a row that is not there", after: [binary],
      call("data.get", "\"data\":\"b\",\"indices\":[3,20]"),
      -32602, "params", "indices[1]", "from 0 to 19"),
    BadInput(
      "a split that is not there", after: [binary],
      call("data.get", "\"data\":\"b\",\"split\":\"test\""), 1001, "unknownName", "split",
      "\"split\""),
  ]

  static let models: [BadInput] = [
    BadInput(
      "an unknown model", call("model.info", "\"model\":\"m\""), 1001, "unknownName", "model",
      "there are no models | create one with model.build"),
    BadInput(
      "an unknown layer", after: [binary], build(encoder: "{\"type\":\"dens\"}"), -32602, "params",
      "encoder[0].type", "\"dense\""),
    BadInput(
      "a layer of no width", after: [binary], build(encoder: "{\"type\":\"dense\",\"units\":0}"),
      -32602, "params", "encoder[0].units", "from 1 to"),
    BadInput(
      "layers by their names alone", after: [binary], build(encoder: "\"dense\""), -32602, "params",
      "encoder[0]", "write {\"type\": \"dense\"}"),
    BadInput(
      "an encoder of half the width", after: [binary],
      build(encoder: "{\"type\":\"dense\",\"units\":2}"),
      1101, "shape", "encoder[0]", "needs 4 values"),
    BadInput(
      "a decoder of the wrong width", after: [binary],
      build(
        decoder:
          "{\"type\":\"dense\",\"units\":9},{\"type\":\"tanh\"},{\"type\":\"dense\",\"units\":784}"),
      1101, "shape", "decoder[2]", "needs 196 values"),
    BadInput(
      "a parameter twice", after: model,
      call("model.parameters", "\"model\":\"m\",\"names\":[\"decoder.0.bias\",\"decoder.0.bias\"]"),
      -32602,
      "params", "names[1]", "twice"),
    BadInput("a model of that name", after: model, build(), 1002, "nameInUse", "name", "replace"),
    BadInput(
      "latents of another width", after: model,
      call("model.decode", "\"model\":\"m\",\"latent\":[[1,2,3]]"),
      1101, "shape", "latent", "2 latents"),
    BadInput(
      "lists of different lengths", after: model,
      call("model.decode", "\"model\":\"m\",\"latent\":[[1,2],[3]]"), -32602, "params", "latent[1]",
      "throughout"),
    BadInput(
      "zero draws", after: model, call("model.sample", "\"model\":\"m\",\"count\":0"), -32602,
      "params", "count", "from 1"),
    BadInput(
      "rows of the wrong width", after: model,
      call("evaluate.elbo", "\"model\":\"m\",\"input\":[[1,0]]"),
      1101, "shape", "input", "[14, 14]"),
    BadInput(
      "data of another shape", after: model + [load(digits)],
      call("evaluate.elbo", "\"model\":\"m\",\"data\":\"new\""), 1101, "shape", "data", "transforms"
    ),
    BadInput(
      "grey levels under Bernoulli", after: model + [grey],
      call("evaluate.elbo", "\"model\":\"m\",\"data\":\"grey\""), 1102, "support", "data",
      "binarize"),
    BadInput(
      "zero samples", after: model,
      call("evaluate.likelihood", "\"model\":\"m\",\"data\":\"b\",\"samples\":0"), -32602, "params",
      "samples", "from 1"),
    BadInput(
      "a negative seed", after: model,
      call("evaluate.elbo", "\"model\":\"m\",\"data\":\"b\",\"seed\":-1"),
      -32602, "params", "seed", "from 0"),
    BadInput(
      "draws that no memory holds",
      after: [binary, build(decoder: "{\"type\":\"dense\",\"units\":65536},{\"type\":\"dense\"}")],
      call(
        "evaluate.gradient",
        "\"model\":\"m\",\"data\":\"b\",\"objective\":{\"type\":\"importance\",\"samples\":10000,\"outer\":1000}"
      ), 1401, "memory", "objective", "fewer samples"),
    BadInput(
      "a file in no folder", after: model,
      call("model.save", "\"model\":\"m\",\"path\":\"\(files("none/m.safetensors"))\""), 1302, "io",
      "path", "No such file"),
    BadInput(
      "a model from a text", call("model.load", "\"path\":\"\(files("text"))\""), 1303, "badFile",
      "path",
      "text"),
  ]

  static let trainers: [BadInput] = [
    BadInput(
      "grey levels in a training", after: model + [grey],
      call("trainer.create", "\"model\":\"m\",\"data\":\"grey\""), 1102, "support", "data",
      "relaxed"),
    BadInput(
      "an objective of zero samples", after: model,
      call(
        "trainer.create",
        "\"model\":\"m\",\"data\":\"b\",\"objective\":{\"type\":\"elbo\",\"samples\":0}"),
      -32602, "params", "objective.samples", "from 1"),
    BadInput(
      "a validation without a split", after: model,
      call("trainer.create", "\"model\":\"m\",\"data\":\"b\",\"validation\":{\"every\":10}"),
      -32602,
      "params", "validation.data", "\"split\""),
    BadInput(
      "a batch of none", after: model,
      call("trainer.create", "\"model\":\"m\",\"data\":\"b\",\"batch\":0"),
      -32602, "params", "batch", "from 1"),
    BadInput(
      "an unknown trainer", after: trainer, call("trainer.step", "\"trainer\":\"tt\""), 1001,
      "unknownName", "trainer", "\"t\""),
    BadInput(
      "no updates", after: trainer, call("trainer.step", "\"trainer\":\"t\",\"updates\":0"), -32602,
      "params", "updates", "from 1"),
    BadInput(
      "two measures", after: trainer,
      call("trainer.step", "\"trainer\":\"t\",\"updates\":1,\"epochs\":1"),
      -32602, "params", "epochs", "updates and epochs"),
    BadInput(
      "a step of a trainer that runs",
      after: trainer + [call("trainer.start", "\"trainer\":\"t\",\"updates\":1000000")],
      call("trainer.step", "\"trainer\":\"t\""), 1003, "wrongState", "trainer", "trainer.stop"),
    BadInput(
      "curves of nothing", after: trainer, call("plot.curves", "\"trainer\":\"t\""), 1003,
      "wrongState", "trainer", "trainer.step"),
    BadInput(
      "a validation chart of nothing", after: trainer + [call("trainer.step", "\"trainer\":\"t\"")],
      call("plot.validation", "\"trainer\":\"t\""), 1003, "wrongState", "trainer", "validation"),
    BadInput(
      "a picture of no known ending", after: model,
      call("plot.samples", "\"model\":\"m\",\"path\":\"x.gif\""), -32602, "params", "path", ".png"),
    BadInput(
      "a trainer on other data",
      after: trainer + [
        others, call("trainer.save", "\"trainer\":\"t\",\"path\":\"\(files("t.safetensors"))\""),
      ],
      call("trainer.load", "\"path\":\"\(files("t.safetensors"))\",\"data\":\"others\""), 1003,
      "wrongState", "data", "force"),
    BadInput(
      "a trainer from a model's file",
      after: model + [call("model.save", "\"model\":\"m\",\"path\":\"\(files("m.safetensors"))\"")],
      call("trainer.load", "\"path\":\"\(files("m.safetensors"))\",\"data\":\"b\""), 1303,
      "badFile",
      "path", "elbo model"),
  ]

  static let distributions: [BadInput] = [
    BadInput(
      "a table of the wrong length", energy(3, "0,1"), -32602, "params", "energy.values",
      "8 energies"),
    BadInput(
      "an energy that is not a number", energy(1, "\"NaN\",1"), -32602, "params",
      "energy.values[0]", "NaN"),
    BadInput(
      "all states forbidden", energy(1, "\"Infinity\",\"Infinity\""), -32602, "params",
      "energy.values",
      "forbidden"),
    BadInput(
      "a negative beta", energy(1, "0,1", ",\"beta\":-1"), -32602, "params", "beta", "from 0"),
    BadInput(
      "too many states to enumerate", after: [huge],
      call("meanField.exact", "\"distribution\":\"d\""),
      1103, "tooLarge", "distribution", "meanField.fit"),
    BadInput(
      "an unknown family", after: [huge],
      call("meanField.fit", "\"distribution\":\"d\",\"family\":\"own\""), -32602, "params",
      "family",
      "\"independent\", \"shared\""),
  ]

  @Test(arguments: messages + data + models + trainers + distributions)
  func isToldWhatIsWrongAndTheEngineGoesOn(input: BadInput) throws {
    let lines = input.before + [input.request, call("data.list", "")]
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
      trainer + [
        call("trainer.step", "\"trainer\":\"t\""),
        call("plot.curves", "\"trainer\":\"t\",\"renderer\":\"gnuplot\""),
        // Without it the program draws by itself.
        call("plot.curves", "\"trainer\":\"t\""),
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
