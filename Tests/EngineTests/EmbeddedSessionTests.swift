import Engine
import JSON
import SessionSupport
import Testing

/// A session within another Swift program, without a service around it.
@Suite struct EmbeddedSessions {
  @Test func countWhatIsAskedOfThem() throws {
    let session = Session()
    #expect(try session.call("engine.stats", "{}")["requests"] == 1)
    _ = try session.call("model.list", "{}")
    #expect(throws: Fault.self) { try session.call("model.info", #"{"model": "none"}"#) }
    let stats = try session.call("engine.stats", "{}")
    #expect(stats["requests"] == 4 && stats["queued"] == 0)
    guard case .int(let bytes) = stats["residentBytes"],
      case .real(let age) = stats["uptimeSeconds"]
    else {
      Issue.record("\(stats.line)")
      return
    }
    #expect(bytes > 1 << 20 && age >= 0 && age < 3600)
    #expect(try Session().call("engine.stats", "{}")["requests"] == 1, "each its own")
  }

  @Test func leaveOutWhatDiffersFromRunToRun() throws {
    var configuration = Configuration()
    configuration.isDeterministic = true
    let stats = try Session(configuration).call("engine.stats", "{}")
    #expect(stats == ["requests": 1])
  }
}
