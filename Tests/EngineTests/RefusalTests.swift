import Engine
import JSON
import SessionSupport
import TestSupport
import Testing

/// Policies for refused updates, on the wire.
@Suite struct RefusalPolicies {
  private let session = Session()

  init() throws {
    let rows = (0..<40).map { "[\($0 % 2), \($0 / 2 % 2), \($0 / 4 % 2)]" }
    _ = try session.call(
      "data.load",
      #"{"name":"d","source":{"type":"array","values":[\#(rows.joined(separator: ","))]},"split":{"validation":8}}"#
    )
    _ = try session.call(
      "model.build",
      #"{"name":"m","data":"d","latent":2,"posterior":{"type":"gaussian","ceiling":1e6},"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}],"likelihood":{"type":"bernoulli"}}"#
    )
  }

  private func create(_ options: String) throws {
    _ = try session.call(
      "trainer.create", #"{"name":"t","replace":true,"model":"m","data":"d","batch":8,\#(options)}"#
    )
  }

  /// The first updates ruin the parameters, and one of the next is refused.
  @Test func aFarTooHighRateIsOvercome() throws {
    let rate = #""optimizer":{"type":"adam","rate":1000000}"#
    try create(rate)
    let refused = fault { _ = try session.call("trainer.step", #"{"trainer":"t","updates":50}"#) }
    #expect(refused?.kind == .notFinite)
    let update = try #require(refused?.message.split(separator: ":").first)
    #expect(
      refused?.hint?.contains(#""onRefusal": {"type": "rewind"}"#) == true, "\(refused as Any)")
    _ = try session.call(
      "model.build",
      #"{"name":"m","replace":true,"data":"d","latent":2,"posterior":{"type":"gaussian","ceiling":1e6},"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}],"likelihood":{"type":"bernoulli"}}"#
    )
    try create(rate + #","onRefusal":{"type":"rewind","factor":1e-4},"validation":{"every":5}"#)
    let reply = try session.call("trainer.step", #"{"trainer":"t","updates":50}"#)
    #expect(reply["update"] == 50 && reply["updates"] == 50)
    let rewound = try #require(reply["rewound"])
    let info = try session.call("trainer.info", #"{"trainer":"t"}"#)
    #expect(info["rewound"] == rewound && info["onRefusal"]?["most"] == 10)
    let first = try #require(info["changes"]?.elements?.first?["refused"])
    #expect("update \(first.line)" == update)
    let single = try session.call("trainer.step", #"{"trainer":"t"}"#)
    #expect(single["rewound"] == nil && single["updates"] == 1)
    // Who gives no number may have meant another one.
    #expect(single["notes"]?.elements?.first?.text?.hasPrefix("one update was made") == true)
    #expect(reply["notes"] == nil)
  }

  /// A run that goes back to before its beginning ends where it was to end, in the foreground and
  /// in the background.
  @Test(arguments: [true, false]) func aRunMayGoBackBeforeItsBeginning(isBackground: Bool) throws {
    try create(
      #""optimizer":{"type":"adam","rate":0.01},"onRefusal":{"type":"rewind","factor":1e-9}"#)
    _ = try session.call("trainer.step", #"{"trainer":"t","updates":4}"#)
    _ = try session.call("trainer.set", #"{"trainer":"t","rate":1000000}"#)
    if isBackground {
      _ = try session.call("trainer.start", #"{"trainer":"t","updates":5,"progress":true}"#)
      for _ in 0..<2 { session.advance() }
      let back = try session.call("trainer.info", #"{"trainer":"t"}"#)
      #expect(back["update"] == 0 && back["rewound"] == 1 && back["state"] == "running")
      // Stopped there, the run has a last report.
      _ = try session.call("trainer.stop", #"{"trainer":"t"}"#)
      _ = try session.call("trainer.start", #"{"trainer":"t","updates":9,"progress":true}"#)
      while session.isBusy { session.advance() }
    } else {
      let reply = try session.call("trainer.step", #"{"trainer":"t","updates":5,"progress":true}"#)
      #expect(reply["updates"] == 5 && reply["rewound"] == 1)
    }
    let info = try session.call("trainer.info", #"{"trainer":"t"}"#)
    #expect(info["update"] == 9 && info["state"] == "idle")
  }

  /// Batches that are passed over are counted in progress, in the replies and in the history.
  @Test func skippedBatchesAreCounted() throws {
    _ = try session.call(
      "data.load",
      #"{"name":"bad","source":{"type":"array","values":[[0,1,0],[1,0,1],[3e38,1,0],[0,0,1]]}}"#)
    _ = try session.call(
      "model.build",
      #"{"name":"g","data":"d","latent":2,"posterior":{"type":"gaussian","ceiling":1e6},"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}],"likelihood":{"type":"gaussian"}}"#
    )
    _ = try session.call(
      "trainer.create",
      #"{"name":"s","model":"g","data":"bad","batch":1,"onRefusal":{"type":"skip"}}"#)
    let reply = try session.call("trainer.step", #"{"trainer":"s","updates":9}"#)
    #expect(reply["updates"] == 9 && reply["skipped"] == 3)
    #expect(try session.call("trainer.info", #"{"trainer":"s"}"#)["skipped"] == 3)
    let history = try session.call("trainer.history", #"{"trainer":"s"}"#)
    let skipped = try #require(history["skipped"]?.elements)
    #expect(skipped.count == 3 && history["update"]?.elements?.count == 9)
  }

  @Test(arguments: [
    (#"{"type":"skip","most":0}"#, "onRefusal.most"),
    (#"{"type":"rewind","factor":1}"#, "onRefusal.factor"),
    (#"{"type":"rewind","factor":0}"#, "onRefusal.factor"), (#"{"type":"wait"}"#, "onRefusal.type"),
    (#"{"type":"stop","most":1}"#, "onRefusal.most"),
  ])
  func optionsKeepToTheirBounds(policy: String, path: String) {
    let fault = fault { try create(#""onRefusal":\#(policy)"#) }
    #expect(fault?.kind == .params && fault?.path == path, "\(fault as Any)")
  }
}
