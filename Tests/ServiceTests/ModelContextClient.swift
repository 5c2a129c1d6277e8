import Engine
import JSON

@testable import Service

let versionKey = "io.modelcontextprotocol/protocolVersion"
let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"

/// Returns the `_meta` of a request of 2026-07-28.
func envelope(_ version: JSON? = "2026-07-28", _ more: JSON.Member...) -> JSON.Member {
  let members = version.map { [JSON.Member(versionKey, $0), JSON.Member(capabilitiesKey, [:])] }
  return JSON.Member("_meta", .object((members ?? []) + more))
}

func greeting(_ version: JSON, id: JSON = 0) -> String {
  request(
    "initialize", id: id,
    ["protocolVersion": version, "capabilities": [:], "clientInfo": ["name": "t", "version": "1"]])
}

extension Revision {
  /// Returns a request in the form of the revision.
  func ask(
    _ method: String, id: JSON? = 1, token: JSON? = nil, _ params: [JSON.Member] = []
  ) -> String {
    let token = token.map { [JSON.Member("progressToken", $0)] } ?? []
    var members = params
    if isStateless {
      let version = JSON.Member(versionKey, .string(rawValue))
      members.append(
        JSON.Member("_meta", .object([version, JSON.Member(capabilitiesKey, [:])] + token)))
    } else if !token.isEmpty {
      members.append(JSON.Member("_meta", .object(token)))
    }
    return request(method, id: id, .object(members))
  }

  func call(
    _ tool: JSON, id: JSON? = 1, token: JSON? = nil, _ arguments: JSON? = nil
  ) -> String {
    let arguments = arguments.map { [JSON.Member("arguments", $0)] } ?? []
    return ask("tools/call", id: id, token: token, [JSON.Member("name", tool)] + arguments)
  }

  /// Returns a conversation that has begun in this revision.
  func dialogue(_ configuration: Configuration = Configuration()) throws -> Dialogue {
    let dialogue = try Dialogue(configuration)
    dialogue.send(isStateless ? ask("server/discover", id: 0) : greeting(.string(rawValue)))
    _ = dialogue.take { $0["id"] == 0 }
    return dialogue
  }

  /// Returns the replies to one message.
  func replies(to message: String) throws -> [JSON] {
    let dialogue = try dialogue()
    dialogue.send(message)
    return dialogue.take()
  }
}

extension JSON {
  var content: [JSON] { self["result"]?["content"]?.elements ?? [] }
  var words: String? { content.first?["text"]?.text }
  var isToolError: Bool { self["result"]?["isError"] == true }
}
