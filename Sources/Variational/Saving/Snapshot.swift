import Declarations
import JSON
import Layers

extension Trainer {
  /// A choice among the weights that a trainer holds.
  package enum Weights: String, Word { case latest, average, best }

  /// Returns a copy of the weights as a separate model; the best ones are averaged ones if there is
  /// an average. Throws `wrongState` if the trainer does not keep them, or has none yet, and
  /// `memory`.
  package func snapshot(_ weights: Weights) throws(Fault) -> Model {
    let copy = try Model(copying: model)
    switch weights {
    case .latest: break
    case .average:
      guard let average else {
        throw Fault(
          .wrongState, "this trainer does not average its weights", path: "weights",
          expected: "a trainer with \"averaging\"", got: "\"average\"",
          hint: "create it with \"averaging\": {\"decay\": 0.999}")
      }
      copy.parameters.copy(average.parameters)
    case .best:
      let best = try requireBest().checkpoint
      copy.parameters.copy(best.average ?? best.parameters)
      copy.state.copy(best.state)
    }
    return copy
  }

  /// Returns the checkpoint of the best validation. Throws `wrongState` if there is none.
  func requireBest(at path: String = "weights") throws(Fault) -> (
    checkpoint: Checkpoint, update: Int
  ) {
    guard let best else {
      throw Fault(
        .wrongState, "this trainer does not keep its best validation", path: path,
        expected: "a trainer with \"stopping\" whose \"keepBest\" is true", got: "none",
        hint: "create it with \"validation\" and \"stopping\": {\"patience\": 10}")
    }
    guard let update = standing.bestUpdate else {
      let validations = history.validation
      let bad = validations.update.indices.filter {
        !(validations.reconstruction[$0] - validations.divergence[$0]).isFinite
      }
      if !bad.isEmpty, bad.count == validations.update.count {
        throw Fault(
          .wrongState, "none of this trainer's validations was finite", path: path,
          expected: "a finite validation", got: "\(bad.count) that were not",
          hint: "check the validation's rows, or lower the optimizer's rate")
      }
      throw Fault(
        .wrongState, "this trainer was not validated yet, or not since its warm-up",
        path: path, expected: "a trainer with a validation", got: "none",
        hint: "train until after the next validation")
    }
    return (best, update)
  }
}
