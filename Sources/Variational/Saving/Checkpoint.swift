import JSON
import Layers

/// Everything that training goes on from, as it was at one moment: weights and optimizer together.
final class Checkpoint {
  let parameters: Parameters
  let state: Parameters
  let slots: [Parameters]
  let average: Parameters?

  /// Room for what a trainer of this model keeps. Throws `memory`.
  init(_ model: Model, slots: Int, isAveraged: Bool) throws(Fault) {
    let specs = model.parameters.specs
    parameters = try Parameters(specs)
    state = try Parameters(model.state.specs)
    self.slots = try (0..<slots).map { (_) throws(Fault) in try Parameters(specs) }
    average = isAveraged ? try Parameters(specs) : nil
  }

  /// Overwrites all of it with a trainer's.
  func take(_ trainer: Trainer) {
    parameters.copy(trainer.model.parameters)
    state.copy(trainer.model.state)
    for (own, other) in zip(slots, trainer.slots) { own.copy(other) }
    if let average, let other = trainer.average { average.copy(other.parameters) }
  }

  /// Makes a trainer's what it was when they were taken.
  func giveBack(to trainer: Trainer) {
    trainer.model.parameters.copy(parameters)
    trainer.model.state.copy(state)
    for (own, other) in zip(slots, trainer.slots) { other.copy(own) }
    if let average, let other = trainer.average { other.parameters.copy(average) }
  }
}
