import Engine
import Files
import FuzzEntries
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// Each allocation, read, write, synchronisation, renaming and start of a thread of a scripted
/// session fails once: every request gets its answer, and no file is torn or lost.
@Suite(
  .serialized, .enabled(if: Compiler.path != nil, "there is no C compiler at the usual places"))
struct InjectionTests {
  private typealias Files = [String: [UInt8]]

  /// A session with what it does undisturbed.
  private struct Script {
    let session: InjectedSession
    let requests: [JSON]
    let whole: InjectedSession.Outcome

    /// The files that are saved over are those of the same session with another seed.
    init(isFenced: Bool) throws {
      var session = try InjectedSession()
      let former = try session.run(session.requests(seed: 2))
      session.former = former.files.filter { InjectedSession.saved.contains($0.key) }
      session.former["got.npy"] = FileSpecimen.npy("<f4", "(1, 2)", [0, 0, 0, 0, 0, 0, 0, 0])
      requests = try session.requests()
      whole = try session.run(requests, isFenced: isFenced)
      self.session = session
    }
  }

  @Test(.timeLimit(.minutes(60)), arguments: [false, true])
  func everyCallMayFailOnce(isFenced: Bool) throws {
    let script = try Script(isFenced: isFenced)
    try #require(script.whole.status == 0 && script.whole.replies.count == script.requests.count)
    for reply in script.whole.replies { #expect(reply["result"] != nil, "\(reply)") }
    var dice = Dice(Repetition.seed)
    var (runs, failed, refusals) = (0, 0, 0)
    for kind in Injection.Kind.allCases {
      // The fence only changes how files are opened.
      let opens = [.openToRead, .openToWrite].contains(kind)
      if isFenced, !opens { continue }
      let calls = script.whole.counts.calls[kind.rawValue]
      let step = Repetition.isLong ? 1 : max(1, calls / 4)
      for error in kind.errors {
        for number in stride(from: 1 + dice.below(step), through: calls, by: step) {
          let injection = Injection(kind: kind, number: number, error: error)
          let outcome = try script.session.run(script.requests, injection, isFenced: isFenced)
          runs += 1
          // Looks at the memory depend on the time, so that their number varies.
          guard outcome.counts.hasFailed else { continue }
          failed += 1
          // 64: a folder of the fence cannot be opened.
          if let status = outcome.status, [1, 64].contains(status), outcome.replies.isEmpty {
            refusals += 1
            #expect(outcome.errors.hasPrefix("elbo"), "\(injection): \(outcome.errors)")
          } else {
            checkReplies(outcome, script, injection)
            try checkState(outcome, script, injection)
          }
          try checkFiles(outcome, script, injection)
        }
      }
    }
    figure("\(runs) sessions, in \(failed) of which a call failed; \(refusals) did not begin")
    #expect(failed > runs / 2 && refusals < failed / 4)
  }

  private func checkReplies(
    _ outcome: InjectedSession.Outcome, _ script: Script, _ injection: Injection
  ) {
    #expect(outcome.status == 0, "\(injection): \(outcome.errors)")
    // A line that could not be read has no id.
    let missing = script.requests.indices.count { place in
      outcome.replies.count { $0["id"] == .int(place + 1) } != 1
    }
    let nameless = outcome.replies.count { $0["id"] == .null && $0["error"] != nil }
    #expect(
      missing == nameless && outcome.replies.count == script.requests.count,
      "\(injection): \(outcome.replies)")
  }

  private func checkFiles(
    _ outcome: InjectedSession.Outcome, _ script: Script, _ injection: Injection
  ) throws {
    let temporaries = outcome.files.keys.filter { $0.contains(".elbo-") }
    #expect(temporaries.isEmpty, "\(injection): \(temporaries)")
    let session = Session()
    _ = try session.call("data.load", script.requests[0]["params"]?.line ?? "")
    for name in InjectedSession.saved {
      let bytes = outcome.files[name]
      if bytes == script.session.former[name] || bytes == script.whole.files[name] { continue }
      // After an earlier error, another state may be saved.
      let fault = fault { try load(name, bytes ?? [], in: session, script) }
      #expect(bytes != nil && fault == nil, "\(injection): \(name): \(fault?.sentence ?? "lost")")
    }
    if outcome.files.keys.contains(where: { $0.hasPrefix("run/update-") }) {
      let fault = fault {
        _ = try session.call(
          "trainer.load", #"{"data":"rows","path":"\#(script.session.folder)/run"}"#)
      }
      #expect(fault == nil, "\(injection): \(fault?.sentence ?? "")")
    }
  }

  /// Loads one of the saved files.
  private func load(
    _ name: String, _ bytes: [UInt8], in session: Session, _ script: Script
  ) throws {
    let path = "\(script.session.folder)/\(name)"
    switch name {
    case "m.safetensors": _ = try session.call("model.load", #"{"path":"\#(path)"}"#)
    case "t.safetensors":
      _ = try session.call("trainer.load", #"{"data":"rows","path":"\#(path)"}"#)
    case "samples.png":
      let folder = "\(script.session.folder)/loaded"
      mkdir(folder, 0o700)
      guard write(bytes, to: "\(folder)/1.png") else { throw Fault(.io, folder) }
      _ = try session.call("data.load", #"{"source":{"type":"png","path":"\#(folder)"}}"#)
    default:
      _ = try session.call("data.load", #"{"source":{"type":"npy","path":"\#(path)"}}"#)
    }
  }

  /// The next session has everything that this one has said to have.
  private func checkState(
    _ outcome: InjectedSession.Outcome, _ script: Script, _ injection: Injection
  ) throws {
    let session = Session()
    defer { session.close() }
    try session.keep(in: "\(script.session.folder)/state")
    let state = try session.call("engine.info", "{}")["state"]
    #expect(state?["lost"]?.elements?.isEmpty != false, "\(injection): \(state?.line ?? "")")
    let restored = state?["restored"]?.elements?.compactMap { $0["name"]?.text } ?? []
    let made = ["data.load", "model.build", "model.load", "trainer.create", "trainer.load"]
    for (place, request) in script.requests.enumerated() {
      guard made.contains(request["method"]?.text ?? ""),
        outcome.reply(to: place + 1)?["result"] != nil,
        let name = request["params"]?["name"]?.text
      else { continue }
      #expect(restored.contains(name), "\(injection): \(name) is not in \(restored)")
    }
  }

  /// The Swift runtime ends the process if it gets no memory, so the program tries first whether
  /// there is as much, for every array of a mebibyte or more.
  @Test func largeArraysAreTriedFirst() throws {
    let session = try InjectedSession()
    let outcome = try session.run(Self.largeRequests(in: session.folder))
    #expect(outcome.status == 0)
    for reply in outcome.replies { #expect(reply["result"] != nil, "\(reply)") }
    #expect(outcome.counts.calls[Injection.Kind.largeMemory.rawValue] > 50)
    #expect(outcome.counts.untried == 0)
  }

  private static func largeRequests(in folder: String) -> [JSON] {
    // Zeros; the number of rows is a multiple of three, so that there is no padding.
    let values = String(repeating: "A", count: 1002 * 784 * 4 / 3 * 4)
    let layers: JSON = [["type": "dense", "units": 512], ["type": "tanh"], ["type": "dense"]]
    let calls: [(String, JSON)] = [
      (
        "data.load",
        [
          "name": "d", "split": ["validation": 200],
          "source": [
            "type": "array",
            "values": ["shape": [1002, 784], "dtype": "float32", "base64": .string(values)],
          ],
        ]
      ),
      ("data.get", ["data": "d", "path": .string("\(folder)/rows.npy")]),
      (
        "data.load",
        ["name": "r", "source": ["type": "npy", "path": .string("\(folder)/rows.npy")]]
      ),
      (
        "model.build",
        [
          "name": "m", "data": "r", "latent": 20, "encoder": layers, "decoder": layers,
          "likelihood": ["type": "gaussian"],
        ]
      ),
      (
        "trainer.create",
        [
          "name": "t", "model": "m", "data": "r",
          "checkpoint": ["path": .string("\(folder)/run"), "every": 2],
        ]
      ),
      ("trainer.step", ["trainer": "t", "updates": 4]),
      ("evaluate.likelihood", ["model": "m", "data": "r", "count": 200]),
      ("model.reconstruct", ["model": "m", "data": "r", "count": 500]),
      ("model.parameters", ["model": "m"]),
      ("trainer.save", ["trainer": "t", "path": .string("\(folder)/t.safetensors")]),
      ("trainer.load", ["name": "u", "data": "r", "path": .string("\(folder)/t.safetensors")]),
      ("data.get", ["data": "r"]),
    ]
    return calls.enumerated().map { place, call in
      ["jsonrpc": "2.0", "id": .int(place + 1), "method": .string(call.0), "params": call.1]
    }
  }
}
