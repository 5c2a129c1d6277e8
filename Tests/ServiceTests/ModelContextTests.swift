import Engine
import Glibc
import JSON
import Testing

@testable import Service

private let versionKey = "io.modelcontextprotocol/protocolVersion"
private let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"

/// What a request of 2026-07-28 says of itself.
private func envelope(_ version: JSON? = "2026-07-28", _ more: JSON.Member...) -> JSON.Member {
  let members = version.map { [JSON.Member(versionKey, $0), JSON.Member(capabilitiesKey, [:])] }
  return JSON.Member("_meta", .object((members ?? []) + more))
}

private func greeting(_ version: JSON, id: JSON = 0) -> String {
  request(
    "initialize", id: id,
    ["protocolVersion": version, "capabilities": [:], "clientInfo": ["name": "t", "version": "1"]])
}

extension Revision {
  /// A request as the revision writes it.
  fileprivate func ask(
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

  fileprivate func call(
    _ tool: JSON, id: JSON? = 1, token: JSON? = nil, _ arguments: JSON? = nil
  ) -> String {
    let arguments = arguments.map { [JSON.Member("arguments", $0)] } ?? []
    return ask("tools/call", id: id, token: token, [JSON.Member("name", tool)] + arguments)
  }

  /// A conversation that has begun in this revision.
  fileprivate func dialogue(_ configuration: Configuration = Configuration()) throws -> Dialogue {
    let dialogue = try Dialogue(configuration)
    dialogue.send(isStateless ? ask("server/discover", id: 0) : greeting(.string(rawValue)))
    _ = dialogue.take { $0["id"] == 0 }
    return dialogue
  }

  /// What one message is answered with.
  fileprivate func replies(to message: String) throws -> [JSON] {
    let dialogue = try dialogue()
    dialogue.send(message)
    return dialogue.take()
  }
}

extension JSON {
  fileprivate var content: [JSON] { self["result"]?["content"]?.elements ?? [] }
  fileprivate var words: String? { content.first?["text"]?.text }
  fileprivate var isToolError: Bool { self["result"]?["isError"] == true }
}

@Suite struct Negotiation {
  @Test(arguments: [
    ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
    ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"),
    ("", "2025-11-25"),
  ])
  func answersARevisionThatBothSpeak(asked: String, answered: String) throws {
    let result = try Dialogue.replies(to: greeting(.string(asked))).first?["result"]
    #expect(result?["protocolVersion"] == .string(answered))
    #expect(result?["capabilities"] == ["tools": [:]])
    #expect(result?["serverInfo"]?["name"] == "elbo")
    #expect(result?["_meta"] == nil)
  }

  @Test(
    arguments: [nil, [:], ["processId": 1, "capabilities": [:]], ["protocolVersion": 1]] as [JSON?])
  func editorsAreGreetedAsBefore(params: JSON?) throws {
    let lines = [request("initialize", params), request("sum", id: 2, [1])]
    let replies = try Dialogue.replies(to: lines.joined(separator: "\n"))
    #expect(replies.first?["result"] == Editors.greeting)
    #expect(replies.last?["result"] == 1)
  }

  @Test func discoverNamesEveryRevision() throws {
    let result = try Dialogue.replies(to: Revision.july2026.ask("server/discover")).first?["result"]
    #expect(
      result?["supportedVersions"]
        == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
    #expect(result?["resultType"] == "complete")
    #expect(result?["cacheScope"] == "public")
    #expect(result?["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "elbo")
  }

  @Test(arguments: [
    ("2027-01-01" as JSON?, -32022), ("2025-11-25", -32022), (nil, -32602), (7, -32602),
  ])
  func aRequestThatStandsForItselfNamesItsRevision(version: JSON?, code: Int) throws {
    let line = request("server/discover", .object([envelope(version)]))
    let reply = try Dialogue.replies(to: line).first
    #expect(reply?.code == code)
    if code == -32022 { #expect(reply?["error"]?["data"]?["requested"] == version) }
  }

  @Test func andItsCapabilities() throws {
    let line = request(
      "tools/list", .object([JSON.Member("_meta", ["\(versionKey)": "2026-07-28"])]))
    let reply = try Dialogue.replies(to: line).first
    #expect(reply?.code == -32602)
    #expect(reply?["error"]?["data"]?["path"] == .string("_meta.\(capabilitiesKey)"))
  }

  @Test func aClientThatFindsNothingToDiscoverMayStillInitialize() throws {
    let lines = [
      request("server/discover", .object([envelope("2027-01-01")])), greeting("2025-11-25"),
      Revision.november2025.ask("ping", id: 2),
    ]
    let replies = try Dialogue.replies(to: lines.joined(separator: "\n"))
    #expect(replies.map(\.code) == [-32022, nil, nil])
    #expect(replies.last?["result"] == [:])
  }

  @Test func beforeInitialize() throws {
    let lines = [request("ping"), request("tools/list", id: 2), request("tools/call", id: 3)]
    let replies = try Dialogue.replies(to: lines.joined(separator: "\n"))
    #expect(replies.first?["result"] == [:])
    #expect(replies.map(\.code) == [nil, -32600, -32600])
  }

  @Test(arguments: Revision.allCases) fileprivate func whatThereIsNot(_ revision: Revision) throws {
    for method in ["logging/setLevel", "resources/list", "sum", "rpc.discover", "$/cancelRequest"] {
      #expect(try revision.replies(to: revision.ask(method)).map(\.code) == [-32601])
      #expect(try revision.replies(to: revision.ask(method, id: nil)) == [])
    }
    let ping = try revision.replies(to: revision.ask("ping")).first
    #expect(ping?.code == (revision.isStateless ? -32601 : nil))
    #expect(try revision.replies(to: revision.ask("notifications/initialized", id: nil)) == [])
  }

  @Test(arguments: Revision.allCases)
  fileprivate func idsAreStringsOrIntegers(_ revision: Revision) throws {
    for id in [JSON.null, 1.5] {
      let reply = try revision.replies(to: revision.ask("tools/list", id: id)).first
      #expect(reply?.code == -32600)
      #expect(reply?["id"] == (revision.allowsErrorsWithoutID ? nil : .null))
    }
    let reply = try revision.replies(to: "{").first
    #expect(reply?.code == -32700)
    #expect(reply?["id"] == (revision.allowsErrorsWithoutID ? nil : .null))
  }

  @Test(arguments: Revision.allCases) fileprivate func batches(_ revision: Revision) throws {
    let lines = [
      revision.call("sum", id: 1, ["a": 1]), revision.ask("notifications/initialized", id: nil),
      revision.call("sum", id: "b", ["a": 2]),
    ]
    let replies = try revision.replies(to: "[\(lines.joined(separator: ","))]")
    if revision == .march2025 {
      #expect(replies.first?.elements?.map { $0["id"] } == [1, "b"])
    } else {
      #expect(replies.map { $0["id"] } == [1, "b"])
      #expect(replies.map(\.code) == [-32600, -32600])
    }
  }
}

@Suite struct ToolLists {
  private static func tools(_ revision: Revision) throws -> [JSON] {
    try revision.replies(to: revision.ask("tools/list")).first?["result"]?["tools"]?.elements ?? []
  }

  @Test(arguments: Revision.allCases) fileprivate func everyCommand(_ revision: Revision) throws {
    let tools = try Self.tools(revision)
    let names = tools.compactMap { $0["name"]?.text }
    let wanted = household.map(\.name).filter { $0 != "rpc.discover" }
    #expect(names == wanted.map { String($0.map { $0 == "." ? "_" : $0 }) }.sorted())
    for tool in tools {
      #expect(tool["inputSchema"]?["type"] == "object")
      #expect((tool["outputSchema"] != nil) == revision.hasStructuredContent)
      #expect((tool["title"] != nil) == revision.hasStructuredContent)
      #expect((tool["annotations"] != nil) == revision.hasAnnotations)
      #expect(!tool.line.contains(##""$ref":"#/components"##), "schemas contain all they refer to")
      for schema in [tool["inputSchema"], tool["outputSchema"]] {
        for name in schema?.definitions ?? [] { #expect(schema?["$defs"]?[name] != nil, "\(name)") }
      }
    }
  }

  /// A client of tools cannot look into the document of rpc.discover.
  @Test func theSchemasOfModulesAreWhole() throws {
    let revision = Revision.november2025
    let reply = try revision.replies(to: revision.call("engine_modules", id: 1, [:])).last
    let modules = try #require(reply?["result"]?["structuredContent"]?["modules"]?.elements)
    #expect(!modules.description.contains("#/components"))
    let residual = try #require(modules.first { $0["type"] == "residual" }?["options"])
    #expect(residual["$defs"]?["layer"]?["properties"]?["type"]?["enum"]?.elements != nil)
    for options in modules.compactMap({ $0["options"] }) {
      for name in options.definitions { #expect(options["$defs"]?[name] != nil, "\(name)") }
    }
  }

  @Test func aProgressTokenStandsForTheParameter() throws {
    let step = try Self.tools(.november2025).first { $0["name"] == "trainer_step" }
    #expect(step?["inputSchema"]?["properties"]?["updates"] != nil)
    #expect(step?["inputSchema"]?["properties"]?["progress"] == nil)
  }

  @Test func whatOnlyReadsSaysSo() throws {
    let reading = try Self.tools(.november2025).filter {
      $0["annotations"]?["readOnlyHint"] == true
    }
    .compactMap { $0["name"]?.text }
    #expect(
      Set(reading).isSuperset(of: ["data_list", "engine_info", "evaluate_elbo", "model_info"]))
    #expect(
      Set(reading).isDisjoint(with: ["data_get", "data_load", "plot_samples", "trainer_step"]),
      "a path is written to")
  }

  @Test func thereIsOnePage() throws {
    let revision = Revision.june2025
    let cursor = revision.ask("tools/list", [JSON.Member("cursor", "x")])
    #expect(try revision.replies(to: cursor).map(\.code) == [-32602])
  }
}

extension JSON {
  /// The names that a self-contained schema refers to.
  fileprivate var definitions: [String] {
    switch self {
    case .array(let elements): elements.flatMap(\.definitions)
    case .object(let members):
      members.flatMap { member in
        let text = member.name == "$ref" ? member.value.text : nil
        return text.map { [String($0.dropFirst("#/$defs/".count))] } ?? member.value.definitions
      }
    default: []
    }
  }
}

@Suite struct ToolCalls {
  @Test(arguments: Revision.allCases) fileprivate func answer(_ revision: Revision) throws {
    for name: JSON in ["engine_info", "engine.info"] {
      let reply = try #require(try revision.replies(to: revision.call(name)).first)
      let value = try json(reply.words ?? "")
      #expect(value["name"] == "elbo")
      #expect(
        reply["result"]?["structuredContent"]?.line
          == (revision.hasStructuredContent ? value.line : nil))
      #expect(!reply.isToolError)
      #expect(reply["result"]?["resultType"] == (revision.isStateless ? "complete" : nil))
    }
  }

  @Test(arguments: Revision.allCases) fileprivate func fail(_ revision: Revision) throws {
    let fault = try #require(try revision.replies(to: revision.call("fail")).first)
    #expect(fault.isToolError)
    #expect(
      fault.words
        == "encoder[2].units: expected 8, got 9 (shape)\nexpected: 8\ngot: 9\nhint: less")
    #expect(fault["result"]?["structuredContent"] == nil)
    let misspelt = try revision.replies(to: revision.call("model_info", ["modle": "x"])).first
    #expect(misspelt?.isToolError == true)
    #expect(misspelt?.words?.contains("hint: did you mean \"model\"?") == true)
  }

  @Test(
    arguments: [
      ["name": "nothing"], ["name": "rpc.discover"], ["name": 7], [:],
      ["name": "sum", "arguments": [1]], ["name": "sum", "arguments": "x"],
    ] as [JSON])
  func thatAreNoneAreRefused(params: JSON) throws {
    guard case .object(let members) = params else { return }
    for revision in Revision.allCases {
      let reply = try revision.replies(to: revision.ask("tools/call", members)).first
      #expect(reply?.code == -32602)
    }
  }

  @Test func withoutArguments() throws {
    let revision = Revision.march2025
    for arguments in [nil, JSON.null, [:]] {
      #expect(
        try revision.replies(to: revision.call("engine_ping", arguments)).first?.words == "{}")
    }
  }

  /// A picture is handed over as such, and only once.
  @Test(arguments: Revision.allCases) fileprivate func draw(_ revision: Revision) throws {
    let dialogue = try revision.dialogue()
    let image = JSON.array(Array(repeating: [0, 1, 0], count: 3))
    let values = JSON.array(Array(repeating: image, count: 8))
    dialogue.send(
      revision.call("data_load", ["name": "d", "source": ["type": "array", "values": values]]))
    dialogue.send(revision.call("plot_data", id: 2, ["data": "d"]))
    let reply = try #require(dialogue.take().first { $0["id"] == 2 })
    #expect(reply.content.map { $0["type"] } == ["text", "image"])
    #expect(reply.content.last?["mimeType"] == "image/png")
    #expect(reply.content.last?["data"]?.text?.hasPrefix("iVBORw0KGgo") == true)
    #expect(reply["result"]?["structuredContent"]?["base64"] == nil)
    #expect(reply.words?.contains("base64") == false)
  }

  @Test func longListsAreCutInTheTextOnly() throws {
    let values = JSON.array((0..<100).map { .array([.int($0)]) })
    for (revision, isCut) in [(Revision.march2025, false), (.june2025, true)] {
      let dialogue = try revision.dialogue()
      dialogue.send(
        revision.call("data_load", ["name": "d", "source": ["type": "array", "values": values]]))
      dialogue.send(revision.call("data_get", id: 2, ["data": "d"]))
      let reply = try #require(dialogue.take().first { $0["id"] == 2 })
      #expect(reply.words?.contains("… 92 more") == isCut)
      let structured = reply["result"]?["structuredContent"]?.line
      #expect((structured?.contains("99") ?? false) == isCut)
    }
  }
}

@Suite struct ToolProgress {
  @Test(arguments: Revision.allCases) fileprivate func grows(_ revision: Revision) throws {
    var configuration = Configuration()
    configuration.isDeterministic = true
    for token: JSON in ["t", 7] {
      let dialogue = try revision.dialogue(configuration)
      dialogue.send(revision.call("work", token: token, ["updates": 5]))
      let replies = dialogue.take()
      let notes = replies.dropLast().compactMap { $0["params"] }
      #expect(replies.dropLast().allSatisfy { $0["method"] == "notifications/progress" })
      #expect(notes.map { $0["progress"] } == [1, 2, 3, 4, 5])
      #expect(notes.allSatisfy { $0["progressToken"] == token })
      #expect(
        notes.first?["message"] == (revision.hasProgressMessages ? "run: update 1" : nil))
      #expect(replies.last?["result"] != nil)
    }
  }

  @Test func withoutATokenThereIsNone() throws {
    for arguments: JSON in [["updates": 5], ["updates": 5, "progress": true]] {
      let revision = Revision.november2025
      #expect(try revision.replies(to: revision.call("work", arguments)).count == 1)
    }
  }

  @Test func endsWithTheReply() throws {
    let call = ToolCall(Tool(Method(LongWork.self)), .november2025, token: 1)
    var progress = Progress()
    progress.update = 3
    #expect(call.progress(progress, of: 1) != nil)
    #expect(call.progress(progress, of: 1) == nil, "it may only grow")
    progress.update = 4
    _ = call.outcome(.success([:]))
    #expect(call.progress(progress, of: 1) == nil)
  }
}

@Suite struct ToolCancelling {
  private func cancel(_ id: JSON) -> String {
    request("notifications/cancelled", id: nil, ["requestId": id, "reason": "enough"])
  }

  @Test(arguments: Revision.allCases)
  fileprivate func isNeverAnswered(_ revision: Revision) throws {
    let dialogue = try revision.dialogue()
    dialogue.send(revision.call("work", id: 1))
    dialogue.waitUntilRunning()
    dialogue.send(revision.call("sum", id: 2))
    dialogue.send(revision.call("sum", id: "c", ["a": 1]))
    dialogue.send(cancel(2))
    dialogue.send(cancel(99))
    dialogue.send(request("notifications/cancelled", id: nil, [:]))
    dialogue.send(cancel(1))
    #expect(dialogue.take { $0["id"] == "c" }.map { $0["id"] } == ["c"])
    dialogue.send(revision.call("sum", id: 3))
    #expect(dialogue.take { $0["id"] == 3 }.map { $0["id"] } == [3])
  }

  @Test func leavesAGapInABatch() throws {
    let revision = Revision.march2025
    let dialogue = try revision.dialogue()
    let calls = [
      revision.call("work", id: 1), revision.call("sum", id: 2), revision.call("sum", id: 3),
    ]
    dialogue.send("[\(calls.joined(separator: ","))]")
    while dialogue.conversation.mailbox.count != 2 { usleep(1000) }
    dialogue.send(cancel(2))
    dialogue.send(cancel(1))
    #expect(dialogue.take().first?.elements?.map { $0["id"] } == [3])
  }

  @Test func anInterruptIsAnswered() throws {
    let revision = Revision.november2025
    let dialogue = try revision.dialogue()
    dialogue.send(revision.call("work", id: 1))
    dialogue.waitUntilRunning()
    dialogue.conversation.mailbox.cancelRunning()
    #expect(dialogue.take().first?["result"]?["structuredContent"]?["stopped"] == "cancelled")
  }
}
