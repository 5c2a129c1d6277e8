import Files
import FuzzEntries
import Glibc
import JSON
import TestSupport
import Testing

@testable import Service

/// The inputs that fuzzing has found worth keeping, run once: `scripts/fuzz`.
@Suite(.serialized) struct CorpusTests {
  private static func inputs(_ entry: FuzzEntry) throws -> [(name: String, bytes: [UInt8])] {
    let folder = "\(root)/Tests/Fuzzing/corpus/\(entry.rawValue)"
    return try Folder.names(in: folder).map { ($0, try File.read("\(folder)/\($0)")) }
  }

  /// Each has an end that is no death.
  @Test(arguments: FuzzEntry.allCases.filter { $0 != .lines })
  func everyInputIsTakenOrRefused(entry: FuzzEntry) throws {
    let folder = Folder()
    let inputs = try Self.inputs(entry)
    #expect(inputs.count > 5)
    let target = try entry.target(in: folder.path)
    for (name, bytes) in inputs {
      #expect(throws: Never.self, "\(name)") { try target.take(bytes) }
    }
  }

  /// In the real program, since they may name any file.
  @Test func everyConversationEnds() throws {
    let inputs = try Self.inputs(.lines)
    #expect(inputs.count > 5)
    for (name, bytes) in inputs {
      let folder = Folder()
      let child = try Child(
        ["-c", "cd \"$1\" && exec \"$0\" serve --root .", Child.binary, folder.path],
        of: "/bin/sh", in: ["PATH=/nonexistent", "SWIFT_BACKTRACE=enable=no"])
      _ = child.send(bytes: bytes)
      child.closeInput()
      // What is endless is stopped as a person would.
      var status = child.end(within: 1)
      for _ in 0..<20 where status == nil {
        child.signal(SIGTERM)
        status = child.end(within: 1)
      }
      #expect([0, 1, 143].contains(status), "\(name): \(status ?? -1)")
    }
  }
}
