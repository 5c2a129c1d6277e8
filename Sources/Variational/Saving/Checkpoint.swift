import JSON
import Layers

/// The complete state of training at one moment: weights and optimizer together.
final class Checkpoint {
  let parameters: Parameters
  let state: Parameters
  let slots: [Parameters]
  let average: Parameters?

  /// Allocates room for the state of a trainer of this model. Throws `memory`.
  init(_ model: Model, slots: Int, isAveraged: Bool) throws(Fault) {
    let specs = model.parameters.specs
    parameters = try Parameters(specs)
    state = try Parameters(model.state.specs)
    self.slots = try (0..<slots).map { (_) throws(Fault) in try Parameters(specs) }
    average = isAveraged ? try Parameters(specs) : nil
  }

  /// Overwrites the checkpoint with the trainer's state.
  func take(_ trainer: Trainer) {
    parameters.copy(trainer.model.parameters)
    state.copy(trainer.model.state)
    for (own, other) in zip(slots, trainer.slots) { own.copy(other) }
    if let average, let other = trainer.average { average.copy(other.parameters) }
  }

  /// Restores the trainer's state from the checkpoint.
  func giveBack(to trainer: Trainer) {
    trainer.model.parameters.copy(parameters)
    trainer.model.state.copy(state)
    for (own, other) in zip(slots, trainer.slots) { other.copy(own) }
    if let average, let other = trainer.average { other.parameters.copy(average) }
  }
}
