import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

@Suite struct ToolLists {
  private static func tools(_ revision: Revision) throws -> [JSON] {
    try revision.replies(to: revision.ask("tools/list")).first?["result"]?["tools"]?.elements ?? []
  }

  @Test(arguments: Revision.allCases) func everyCommand(_ revision: Revision) throws {
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

  /// A client of tools cannot look up references in the document of rpc.discover.
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
  /// The names of definitions to which a self-contained schema refers.
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
  @Test(arguments: Revision.allCases) func answer(_ revision: Revision) throws {
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

  @Test(arguments: Revision.allCases) func fail(_ revision: Revision) throws {
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

  /// Clients send objects and lists as texts; where a text is wanted, it stays one.
  @Test(arguments: Revision.allCases) func withMembersAsTexts(_ revision: Revision) throws {
    let members: [String: JSON] = [
      "source": #"{"type": "strokes", "count": 10}"#,
      "transforms": #" [{"type": "subsample", "factor": 2}]"#,
    ]
    func load(_ more: [JSON.Member]) throws -> JSON? {
      let arguments = members.map { JSON.Member($0.key, $0.value) } + more
      return try revision.replies(to: revision.call("data_load", .object(arguments))).first
    }
    let reply = try #require(try load([]))
    #expect(!reply.isToolError)
    #expect(try json(reply.words ?? "")["shape"] == [14, 14])
    let named = try load([JSON.Member("name", "[1]")])
    #expect(named?.words?.contains(#"got: "[1]""#) == true)
    let cut = try load([JSON.Member("split", "{")])
    #expect(cut?.words?.contains("split: expected") == true)
  }

  /// A member that is not in a tool's schema is refused, even if the command would take it.
  @Test func progressIsNoArgument() throws {
    for revision in Revision.allCases {
      let reply = try revision.replies(
        to: revision.call("trainer_step", ["trainer": "x", "progress": true])
      ).first
      #expect(reply?.isToolError == true)
      #expect(reply?.words?.contains("progress: no such member") == true)
      #expect(reply?.words?.contains("_meta.progressToken") == true)
    }
  }

  @Test func withoutArguments() throws {
    let revision = Revision.march2025
    for arguments in [nil, JSON.null, [:]] {
      #expect(
        try revision.replies(to: revision.call("engine_ping", arguments)).first?.words == "{}")
    }
  }

  /// A picture is returned as such, and only once.
  @Test(arguments: Revision.allCases) func draw(_ revision: Revision) throws {
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
  @Test(arguments: Revision.allCases) func grows(_ revision: Revision) throws {
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
    #expect(call.progress(.at(3), of: 1) != nil)
    #expect(call.progress(.at(3), of: 1) == nil, "it may only grow")
    _ = call.outcome(.success([:]))
    #expect(call.progress(.at(4), of: 1) == nil)
  }
}

@Suite struct ToolCancelling {
  private func cancel(_ id: JSON) -> String {
    request("notifications/cancelled", id: nil, ["requestId": id, "reason": "enough"])
  }

  @Test(arguments: Revision.allCases)
  func isNeverAnswered(_ revision: Revision) throws {
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
