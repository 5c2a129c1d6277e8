import Glibc
import JSON
import Testing

@testable import Engine
@testable import Service

/// The declared effects of commands, compared with their effects in the transcripts.
extension Transcripts {
  @Test func effectsAreThoseDeclared() throws {
    var changing: Set<String> = []
    // Once without waiting, so that some runs are still active.
    for leftOut in [nil, "trainer.wait"] {
      for file in TranscriptFile.all where !file.name.contains("/") {
        for name in try changers(in: file, besides: leftOut) {
          changing.insert(name)
          let effect = served.first { $0.name == name }?.effect
          #expect(
            effect?.isLasting == true, "\(name) changed the session in \(file.name)")
        }
      }
    }
    let declared = served.filter(\.effect.isLasting).map(\.name)
    #expect(
      Set(declared).subtracting(changing).sorted() == [],
      "these declare that they change the session, and change nothing in any transcript")
  }

  /// Returns the methods that changed the session when a transcript called them.
  private func changers(in file: TranscriptFile, besides leftOut: String?) throws -> Set<String> {
    var changers: Set<String> = []
    file.prepare()
    let session = Session()
    for line in try Log(try contents(of: file.path)).lines {
      guard case .message(let message) = line.entry, let name = message["method"]?.text,
        let method = served.first(where: { $0.name == name }), name != leftOut,
        let params = message["params"], case .object = params
      else { continue }
      let before = session.traces
      _ = try? method.run(params, in: session, Call())
      if session.traces != before { changers.insert(name) }
    }
    return changers
  }

  /// Only commands with a path parameter write files.
  @Test func thoseThatWriteHaveAPath() {
    for method in served where method.effect == .writes {
      #expect(method.parameters.contains("path"), "\(method.name)")
      #expect(method.parameters.last == "replace", "\(method.name)")
    }
    for method in served where method.effect.isQuery || method.effect == .describes {
      #expect(!method.faults.contains(.noSpace), "\(method.name) fills a disk")
    }
  }

  @Test func thoseThatEndARunDoNotWaitForIt() {
    #expect(served.filter(\.preemptsRuns).map(\.name) == ["trainer.drop", "trainer.stop"])
  }
}

extension Session {
  /// Everything whose change a later call could notice.
  fileprivate var traces: [String] {
    var traces = data.names.map { "data \($0)" } + distributions.names.map { "distribution \($0)" }
    traces += data.all.map(\.sha256)
    for name in models.names {
      guard let model = try? models.find(name, at: "") else { continue }
      var hasher = Hasher()
      for array in model.arrays { hasher.combine(array.store.tensor(array.index).values) }
      traces.append("model \(name) \(hasher.finalize())")
    }
    for name in trainers.names {
      guard let entry = try? trainers.find(name, at: "") else { continue }
      traces.append("trainer \(name) \(TrainerReply(entry).json.line)")
    }
    return traces
  }
}
