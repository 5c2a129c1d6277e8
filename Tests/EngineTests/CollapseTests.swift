import Engine
import JSON
import SessionSupport
import Synchronization
import Testing

/// The warnings of a training, on the wire.
@Suite struct CollapseWarnings {
  private let session = Session()

  init() throws {
    _ = try session.call(
      "data.load",
      #"{"name":"d","source":{"type":"strokes","count":300,"seed":1},"transforms":[{"type":"subsample","factor":2},{"type":"binarize","threshold":100}]}"#
    )
    _ = try session.call(
      "model.build",
      #"{"name":"m","data":"d","latent":8,"encoder":[{"type":"dense","units":128},{"type":"tanh"},{"type":"dense"}],"decoder":[{"type":"dense","units":128},{"type":"tanh"},{"type":"dense"},{"type":"sigmoid"}],"likelihood":{"type":"bernoulli"}}"#
    )
  }

  /// Trains for 800 updates; returns the warnings of all reports and that of the description.
  private func train(_ options: String) throws -> (reports: [String], info: String?) {
    _ = try session.call(
      "trainer.create", #"{"name":"t","replace":true,"model":"m","data":"d"\#(options)}"#)
    let reports = Mutex<[JSON]>([])
    let step = try #require(methods.first { $0.name == "trainer.step" })
    _ = try step.run(
      json(#"{"trainer":"t","updates":800,"progress":true}"#), in: session,
      Call(report: { progress in reports.withLock { $0.append(progress.json) } }))
    let all = reports.withLock { $0 }
    #expect(!all.isEmpty)
    return (
      all.compactMap { $0["warning"]?.text },
      try session.call("trainer.info", #"{"trainer":"t"}"#)["warning"]?.text
    )
  }

  /// The homework's model gives none.
  @Test func allIsWell() throws {
    let (reports, info) = try train("")
    #expect(reports.isEmpty && info == nil, "\(reports.first ?? info ?? "")")
  }

  @Test func deadLatentsAreTold() throws {
    let (reports, info) = try train(#","objective":{"type":"elbo","beta":1000}"#)
    for warning in [reports.last, info] {
      #expect(warning?.contains("the latents say nothing about the rows") == true)
    }
  }
}
