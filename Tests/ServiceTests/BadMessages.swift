/// Lines that are no requests, and requests whose method or members are wrong.
extension BadInputs {
  static let messages: [BadInput] = [
    BadInput("not JSON", "not json", -32700, "syntax", "", "byte"),
    BadInput("a word", "engine.ping", -32700, "syntax", "", "a request is one line, as in {"),
    BadInput("a NUL byte", "{\"jsonrpc\":\"2.0\"\0}", -32700, "syntax", "", "send UTF-8"),
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
}
