import Engine
import JSON
import SessionSupport
import TestSupport
import Testing
import Variational

/// `trainer.set` on the wire.
@Suite struct TrainerSettings {
  private let session = Session()
  private let folder = Folder()

  init() throws {
    _ = try session.call(
      "data.load",
      #"{"name":"d","source":{"type":"array","values":[[0,1,0],[1,0,1],[1,1,0],[0,0,1]]}}"#)
    _ = try session.call(
      "model.build",
      #"{"name":"m","data":"d","latent":2,"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}],"likelihood":{"type":"bernoulli"}}"#
    )
    _ = try session.call(
      "trainer.create",
      #"{"name":"t","model":"m","data":"d","batch":2,"objective":{"type":"elbo","warmUp":3}}"#)
  }

  @Test func aChangeIsShownKeptAndSaved() throws {
    _ = try session.call("trainer.step", #"{"trainer":"t","updates":4}"#)
    let reply = try session.call(
      "trainer.set",
      #"{"trainer":"t","rate":0.01,"clip":5,"schedule":{"type":"step","every":9},"objective":{"beta":4}}"#
    )
    #expect(reply["optimizer"]?["rate"] == 0.01 && reply["clip"] == 5.0)
    #expect(reply["schedule"]?["type"] == "step")
    // Options that were left out stay as they were.
    #expect(reply["objective"]?["beta"] == 4.0 && reply["objective"]?["warmUp"] == 3)
    let change = try #require(reply["changes"]?.elements?.first)
    #expect(change["update"] == 4)
    #expect(change["rate"]?["from"] == 0.001 && change["rate"]?["to"] == 0.01)
    #expect(change["clip"]?["from"] == nil && change["clip"]?["to"] == 5.0)
    #expect(change["schedule"]?["from"]?["type"] == "constant")
    #expect(change["objective"]?["from"]?["beta"] == 1.0)
    #expect(try session.call("trainer.info", #"{"trainer":"t"}"#) == reply)
    let path = folder("t")
    _ = try session.call("trainer.save", #"{"trainer":"t","path":"\#(path)"}"#)
    let loaded = try session.call("trainer.load", #"{"name":"u","data":"d","path":"\#(path)"}"#)
    #expect(loaded["changes"] == reply["changes"] && loaded["optimizer"] == reply["optimizer"])
    #expect(loaded["objective"] == reply["objective"] && loaded["schedule"] == reply["schedule"])
    for trainer in ["t", "u"] {
      _ = try session.call("trainer.step", #"{"trainer":"\#(trainer)","updates":5}"#)
    }
    let (one, two) = (
      try session.call("trainer.history", #"{"trainer":"t"}"#),
      try session.call("trainer.history", #"{"trainer":"u"}"#)
    )
    #expect(one == two && one["changes"] == reply["changes"])
  }

  /// The reply has the latest ten changes, the history all.
  @Test func manyChangesAreCutInTheReply() throws {
    for rate in 1...12 {
      _ = try session.call("trainer.set", #"{"trainer":"t","rate":\#(rate)}"#)
    }
    let shown = try session.call("trainer.info", #"{"trainer":"t"}"#)["changes"]?.elements
    let all = try session.call("trainer.history", #"{"trainer":"t"}"#)["changes"]?.elements
    #expect(shown?.count == 10 && all?.count == 12)
    #expect(shown?.last == all?.last && shown?.last?["rate"]?["to"] == 12.0)
  }

  @Test(arguments: [
    (#"{"trainer":"t"}"#, ""), (#"{"trainer":"t","rate":-1}"#, "rate"),
    (#"{"trainer":"t","clip":0}"#, "clip"),
    (#"{"trainer":"t","schedule":{"type":"x"}}"#, "schedule.type"),
    (#"{"trainer":"t","objective":{"type":"renyi"}}"#, "objective.type"),
    (#"{"trainer":"t","objective":{"betta":1}}"#, "objective.betta"),
    (#"{"trainer":"t","objective":{"beta":-1}}"#, "objective.beta"),
    (#"{"trainer":"t","objective":{"samples":7}}"#, "objective.samples"),
    (#"{"trainer":"t","onRefusal":{"type":"wait"}}"#, "onRefusal.type"),
    (#"{"trainer":"t","onRefusal":{"type":"skip","most":0}}"#, "onRefusal.most"),
    (#"{"trainer":"t","seed":7}"#, "seed"), (#"{"trainer":"x","rate":1}"#, "trainer"),
  ])
  func whatDoesNotFitIsRefused(params: String, path: String) throws {
    let before = try session.call("trainer.info", #"{"trainer":"t"}"#)
    let fault = fault { _ = try session.call("trainer.set", params) }
    #expect(fault?.path == path, "\(fault as Any)")
    #expect(fault?.kind == (path == "trainer" ? .unknownName : .params))
    #expect(try session.call("trainer.info", #"{"trainer":"t"}"#) == before)
  }

  @Test func nothingToChangeListsWhatMayBe() throws {
    for params in [#"{"trainer":"t"}"#, #"{"trainer":"t","rate":null}"#] {
      let fault = fault { _ = try session.call("trainer.set", params) }
      #expect(fault?.message == "no setting was given to change")
      #expect(fault?.expected == "at least one of rate, schedule, clip, onRefusal, objective")
    }
  }

  /// The policy for refused updates is kept like the other settings.
  @Test func thePolicyForRefusedUpdatesChanges() throws {
    _ = try session.call("trainer.step", #"{"trainer":"t","updates":4}"#)
    let reply = try session.call(
      "trainer.set", #"{"trainer":"t","onRefusal":{"type":"rewind","most":3}}"#)
    #expect(reply["onRefusal"]?["type"] == "rewind" && reply["onRefusal"]?["most"] == 3)
    let change = try #require(reply["changes"]?.elements?.first)
    #expect(change["update"] == 4 && change["onRefusal"]?["from"] == nil)
    #expect(change["onRefusal"]?["to"] == reply["onRefusal"])
    let path = folder("t")
    _ = try session.call("trainer.save", #"{"trainer":"t","path":"\#(path)"}"#)
    let loaded = try session.call("trainer.load", #"{"name":"u","data":"d","path":"\#(path)"}"#)
    #expect(loaded["onRefusal"] == reply["onRefusal"] && loaded["changes"] == reply["changes"])
    // The same one is no change.
    let again = try session.call(
      "trainer.set", #"{"trainer":"t","onRefusal":{"type":"rewind","most":3}}"#)
    #expect(again["changes"]?.elements?.count == 1)
  }

  /// A run in the background goes on with the new settings from its next update.
  @Test func aRunGoesOnWithIt() throws {
    _ = try session.call("trainer.start", #"{"trainer":"t","updates":6}"#)
    for _ in 0..<3 { session.advance() }
    let reply = try session.call("trainer.set", #"{"trainer":"t","rate":0}"#)
    #expect(reply["state"] == "running" && reply["update"] == 3)
    #expect(reply["changes"]?.elements?.first?["update"] == 3)
    let before = try session.call("model.parameters", #"{"model":"m"}"#)
    while session.isBusy { session.advance() }
    #expect(try session.call("trainer.info", #"{"trainer":"t"}"#)["update"] == 6)
    #expect(try session.call("model.parameters", #"{"model":"m"}"#) == before)
  }

  /// The description of the method names every option that can be changed.
  @Test func theDescriptionNamesTheOptions() throws {
    let method = try #require(methods.first { $0.name == "trainer.set" })
    let words = method.params.json["properties"]?["objective"]?["description"]?.text ?? ""
    for objective in try ObjectiveKind.registry.samples() {
      for name in type(of: objective).adjustable {
        #expect(words.contains(name), "\(name)")
      }
    }
  }
}
