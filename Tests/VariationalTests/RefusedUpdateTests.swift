import JSON
import TestSupport
import Testing

@testable import Variational

/// The error of a refused update says what was refused, and a way on, which is tried here.
@Suite struct RefusedUpdates {
  /// Only one row is the cause.
  @Test func nameTheRows() throws {
    let trainer = try Small.trainer(
      #"{"batch": 10, "optimizer": {"type": "sgd", "rate": 0.01}}"#, Model(spec(Small.gaussian)),
      Small.rows(bad: 3e38))
    let fault = try #require(fault { try trainer.train(to: 9) })
    let weights = trainer.model.parameters.tensor(0).values
    #expect(fault.message.hasPrefix("update \(trainer.update + 1): the gradient of encoder.0."))
    #expect(fault.message.contains("(rows 7)"), "\(fault.message)")
    let range = "\(JSON.float(weights.min() ?? 0).line) to \(JSON.float(weights.max() ?? 0).line)"
    #expect(fault.message.contains("encoder.0.weight, from \(range)"), "\(fault.message)")
    #expect(fault.hint?.hasPrefix("check these rows; \"onRefusal\": {\"type\": \"skip\"}") == true)
    let skipping = try TrainerSpec(json: trainer.spec.json.adding("onRefusal", ["type": "skip"]))
    let other = try Trainer(
      skipping, model: trainer.model, data: trainer.data, rows: trainer.rows)
    try other.train(to: 9)
    #expect(other.update == 9 && !other.history.skipped.isEmpty)
  }

  /// Earlier updates are the cause: the best weights and a lower rate lead on.
  @Test func afterARuinLeadToTheBestWeights() throws {
    let trainer = try Small.trainer(
      #"{"batch": 20, "stopping": {}, "optimizer": {"type": "adam", "rate": 0.01}}"#, every: 2)
    try trainer.train(to: 4)
    try trainer.adjust(#"{"rate": 1e6}"#)
    let refused = try #require(fault { try trainer.train(to: 30) })
    #expect(refused.message.hasPrefix("update 6: "), "\(refused)")
    #expect(refused.hint?.contains("have ruined the parameters") == true, "\(refused)")
    #expect(refused.hint?.contains("\"best\": true") == true, "\(refused)")
    #expect(refused.hint?.contains("\"rewind\"") == true)
    // A lower rate alone does not help.
    try trainer.adjust(#"{"rate": 0.001}"#)
    #expect(fault { try trainer.train(to: 30) }?.kind == .notFinite)
    let best = try trainer.reloaded(isBest: true)
    try best.adjust(#"{"rate": 0.001}"#)
    try best.train(to: 30)
    #expect(best.update == 30 && best.history.objective.allSatisfy { $0.isFinite })
  }

  /// Only the step leaves float32: a lower rate, or a clip, leads on from there.
  @Test(arguments: [#"{"rate": 1e-12}"#, #"{"rate": 1e-12, "clip": 1}"#])
  func byTheStepLeadToALowerRate(change: String) throws {
    let model = try Model(
      spec(
        Small.gaussian.replacing(
          #"{"type": "gaussian"}"#, with: #"{"type": "gaussian", "deviation": 1e-5}"#)))
    let trainer = try Small.trainer(
      #"{"batch": 10, "optimizer": {"type": "sgd", "rate": 1e30}}"#, model, Small.rows(bad: nil))
    let refused = try #require(fault { try trainer.train(to: 9) })
    #expect(refused.message.hasPrefix("update 1: encoder.0."), "\(refused)")
    #expect(refused.message.contains(" was from "), "\(refused)")
    #expect(
      refused.hint?.hasPrefix("lower the rate of 1e+30, or give a \"clip\", with trainer.set")
        == true)
    try trainer.adjust(change)
    try trainer.train(to: 9)
    #expect(trainer.update == 9)
  }

  @Test func ofAFirstUpdateBlameTheData() throws {
    let trainer = try Small.trainer(
      "{}", Model(spec(Small.gaussian)), Rows([2], [Float](repeating: 3e38, count: 8)))
    let refused = fault { try trainer.train(to: 1) }
    #expect(refused?.hint?.hasPrefix("check the data") == true, "\(refused as Any)")
  }
}

extension JSON {
  fileprivate func adding(_ name: String, _ value: JSON) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members + [Member(name, value)])
  }
}
