import Declarations
import Engine
import JSON
import Tensors

/// The named schemas to which others refer, one row each.
let components: [(name: String, schema: Schema)] =
  [
    ("Array", TensorForm.component),
    ("ArrayReply", TensorForm.replyComponent),
    ("Error", Fault.component),
    ("Nest", TensorForm.nestComponent),
    ("Number", Double.component),
  ] + kinds.map { ($0.kind, $0.schema) }

/// Methods that the service handles besides the commands, because they concern the conversation and
/// not the session.
let conversationMethods: [JSON] = [
  conversationMethod(
    "$/cancelRequest", "Cancels a request by its id; sent as a notification.",
    params: [
      [
        "name": "id", "summary": "Id of the request to cancel.", "required": true,
        "schema": ["type": ["string", "number", "null"]],
      ]
    ]),
  conversationMethod("exit", "Ends the process, with status 0 after shutdown and 1 otherwise."),
  conversationMethod(
    "initialize", "Begins the session of an editor's language client; any parameters are accepted.",
    result: ["type": "object", "required": ["capabilities", "serverInfo"]]),
  conversationMethod("initialized", "Is accepted from editors and ignored."),
  conversationMethod(
    "shutdown", "Finishes all earlier requests; only exit is served after it."),
]

private func conversationMethod(
  _ name: String, _ summary: String, params: [JSON] = [], result: JSON = ["type": "null"]
) -> JSON {
  [
    "name": .string(name), "summary": .string(summary), "tags": [["name": "conversation"]],
    "paramStructure": "by-name", "params": .array(params),
    "result": ["name": "result", "schema": result],
  ]
}

extension Fault {
  /// The `error` member of a reply.
  static var component: Schema {
    let kinds = Set(Kind.allCases.map(\.name)).sorted()
    let text: JSON = ["type": "string"]
    return Schema(
      "an error",
      [
        "description":
          "The error of a reply: what was expected, what was received, where, and what to do.",
        "type": "object",
        "properties": [
          "code": ["type": "integer", "enum": .array(Kind.codes.map { .int($0) })],
          "message": text,
          "data": [
            "type": "object",
            "properties": [
              "kind": ["type": "string", "enum": .array(kinds.map { .string($0) })],
              "path": text, "expected": text, "got": text, "hint": text,
            ],
            "required": ["kind"], "additionalProperties": false,
          ],
        ],
        "required": ["code", "message", "data"], "additionalProperties": false,
      ])
  }
}

extension Fault.Kind {
  fileprivate static var codes: [Int] { Set(allCases.map(\.code)).sorted() }

  /// The kind as an OpenRPC error; its message says when it occurs.
  var component: JSON {
    ["code": .int(code), "message": .string(summary), "data": ["kind": .string(name)]]
  }
}
