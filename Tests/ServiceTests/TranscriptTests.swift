import Engine
import Glibc
import JSON
import TestSupport
import Testing

@testable import Service

struct TranscriptFile: CustomTestStringConvertible {
  let name: String
  var path: String { "\(root)/protocols/transcripts/\(name)" }
  var testDescription: String { name }

  /// Transcripts written by hand, and those of real clients.
  static let all = files(in: "") + files(in: "clients/")

  private static func files(in subfolder: String) -> [TranscriptFile] {
    Folder.names(in: "\(root)/protocols/transcripts/\(subfolder)")
      .filter { $0.hasSuffix(".ndjson") }.map { TranscriptFile(name: subfolder + $0) }
  }

  /// Output goes to a folder that git ignores.
  func prepare() {
    mkdir("\(root)/.build", 0o755)
    mkdir("\(root)/.build/transcripts", 0o755)
    chdir(root)
  }

  fileprivate func replayed(tolerance: Double) throws -> Replay {
    prepare()
    let log = try Log(try contents(of: path))
    var replay = try Replay(
      log, household, Configuration(), tolerance: tolerance, isUpdating: true)
    replay.run()
    return replay
  }
}

@Suite(.serialized) struct Transcripts {
  @Test(arguments: TranscriptFile.all)
  func replaysTheSame(_ file: TranscriptFile) throws {
    let first = try file.replayed(tolerance: 1e-4)
    #expect(first.finding.map { first.words(for: $0, in: file.name) } == nil)
    let second = try file.replayed(tolerance: 1e-4)
    #expect(second.updated == first.updated, "two runs on one machine are the same to the byte")
  }

  @Test func realClientsAreAmongThem() throws {
    let clients = TranscriptFile.all.filter { $0.name.hasPrefix("clients/") }
    #expect(clients.map(\.name).contains("clients/python.ndjson"))
    for file in clients {
      let log = try Log(try contents(of: file.path))
      #expect(log.configured(Configuration()).isDeterministic, "\(file)")
      #expect(
        log.lines.contains { if case .out = $0.entry { true } else { false } }, "\(file) is empty")
    }
  }

  @Test func everyMethodIsExercised() throws {
    var succeeded: Set<String> = []
    var failed: Set<String> = []
    for file in TranscriptFile.all {
      var methods: [String: String] = [:]
      for line in try Log(try contents(of: file.path)).lines {
        switch line.entry {
        case .message(let message):
          for request in message.elements ?? [message] {
            if let id = request["id"] { methods[id.line] = request["method"]?.text }
          }
        case .out(let message):
          for reply in message.elements ?? [message] {
            guard let method = reply["id"].flatMap({ methods[$0.line] }) else { continue }
            if reply["error"] == nil { succeeded.insert(method) } else { failed.insert(method) }
          }
        default: break
        }
      }
    }
    let all = Set(served.map(\.name))
    #expect(
      all.subtracting(succeeded).sorted() == [], "record a call of these in protocols/transcripts")
    #expect(
      all.subtracting(failed).sorted() == [], "record an error of these in protocols/transcripts")
  }

  @Test func everyReferenceLeadsSomewhere() throws {
    let document = try Discover.run(.init(), in: Session(), Call()).json
    let missing = Set(document.references).subtracting(components.map(\.name))
    #expect(missing.sorted() == [], "name these kinds in Sources/Engine/Session/Kinds.swift")
  }

  @Test func aPartHoldsWhatItRefersTo() throws {
    for method in served {
      let part = try #require(Document(served).part(method.name)).json
      guard case .object(let schemas) = part["components"]?["schemas"] else { continue }
      #expect(Set(part.references) == Set(schemas.map(\.name)), "\(method.name)")
    }
  }

  @Test func theDocumentIsCurrent() throws {
    let file = try JSON(parsing: try contents(of: "\(root)/protocols/openrpc.json"))
    let document = try JSON(parsing: try Discover.run(.init(), in: Session(), Call()).json.line)
    // Compared outside of the expectation, which would print both.
    let isCurrent = file == document
    #expect(isCurrent, "protocols/openrpc.json is stale: run scripts/describe")
  }
}
