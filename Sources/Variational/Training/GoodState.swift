import JSON

/// The snapshot to which a refused update leads back: a copy in memory of everything that the next
/// update depends on. Random numbers depend on the seed and the update alone.
final class GoodState {
  let checkpoint: Checkpoint
  /// The update after which it was taken; nil before it was first taken.
  private(set) var update: Int?
  private var validations = ELBOReference()

  /// Makes room for the state of a trainer of this model. Throws `memory`.
  init(_ model: Model, slots: Int, isAveraged: Bool) throws(Fault) {
    checkpoint = try Checkpoint(model, slots: slots, isAveraged: isAveraged)
  }

  /// Overwrites the snapshot with the trainer's state.
  func take(_ trainer: Trainer) {
    checkpoint.take(trainer)
    update = trainer.update
  }

  /// Sets the update of a snapshot whose arrays were read from a file.
  func set(update: Int) { self.update = update }

  /// Takes the validations of a history into account; the first update's batch counts as one, since
  /// it tells the ELBO before all updates.
  func restart(_ history: History) {
    validations = ELBOReference()
    for index in history.validation.update.indices { _ = isGood(history, index) }
  }

  /// Takes a validation into account; returns whether it is finite and not far below the others.
  func isGood(_ history: History, _ index: Int) -> Bool {
    if index == 0, let above = history.reconstruction.first, let below = history.divergence.first {
      _ = validations.take(Double(above) - Double(below))
    }
    let validation = history.validation
    return !validations.take(validation.reconstruction[index] - validation.divergence[index])
  }
}
