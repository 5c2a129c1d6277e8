import JSON
import Testing

@testable import Service

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

  @Test(arguments: Revision.allCases) func whatThereIsNot(_ revision: Revision) throws {
    for method in ["logging/setLevel", "resources/list", "sum", "rpc.discover", "$/cancelRequest"] {
      #expect(try revision.replies(to: revision.ask(method)).map(\.code) == [-32601])
      #expect(try revision.replies(to: revision.ask(method, id: nil)) == [])
    }
    let ping = try revision.replies(to: revision.ask("ping")).first
    #expect(ping?.code == (revision.isStateless ? -32601 : nil))
    #expect(try revision.replies(to: revision.ask("notifications/initialized", id: nil)) == [])
  }

  @Test(arguments: Revision.allCases)
  func idsAreStringsOrIntegers(_ revision: Revision) throws {
    for id in [JSON.null, 1.5] {
      let reply = try revision.replies(to: revision.ask("tools/list", id: id)).first
      #expect(reply?.code == -32600)
      #expect(reply?["id"] == (revision.allowsErrorsWithoutID ? nil : .null))
    }
    let reply = try revision.replies(to: "{").first
    #expect(reply?.code == -32700)
    #expect(reply?["id"] == (revision.allowsErrorsWithoutID ? nil : .null))
  }

  @Test(arguments: Revision.allCases) func batches(_ revision: Revision) throws {
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
