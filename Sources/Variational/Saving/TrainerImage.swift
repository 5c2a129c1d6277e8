import Files
import JSON
import Layers
import Tensors

/// A copy of a trainer's state after one update, which another thread may write to a file.
package struct TrainerImage: Sendable {
  /// The number of updates made.
  package let update: Int
  /// The arrays that training goes on from.
  let state: [SafeTensors.Entry]
  /// The arrays of the best validation, if they are kept and differ from the current ones.
  let best: [SafeTensors.Entry]
  /// The trainer's record as JSON.
  let record: String
  let validation: History.Validation
  /// The number of updates before those in `triples`.
  let first: Int
  /// Reconstruction, divergence and objective of each later update in turn.
  let triples: [Float]

  /// Throws `notFinite` if a number that training goes on from is not finite, because such a file
  /// could not be loaded.
  func requireFinite() throws(Fault) { try SafeTensors(state + best).requireFinite("the trainer") }

  /// Returns the file of these arrays; `updates` is the digest of the history.
  func file(format: String, _ further: [SafeTensors.Entry], updates: String) -> SafeTensors {
    let hash = StateHash.of(state, updates: updates, validation)
    return SafeTensors(
      state + best + further,
      metadata: [
        SafeTensors.Note("format", format), SafeTensors.Note("trainer", record),
        SafeTensors.Note("hash", hash),
      ])
  }
}

extension Trainer {
  /// Copies the state, or that of the best validation, and the updates after the first `first`.
  /// Throws `memory`, and `wrongState` if there is no best validation.
  package func image(
    _ record: TrainerRecord, isBest: Bool = false, after first: Int = 0
  ) throws(Fault) -> TrainerImage {
    let best = try isBest ? requireBest(at: "best") : nil
    let history = best.map { self.history.first($0.update) } ?? history
    var record = record
    record.trainer = spec
    record.model = model.spec
    record.validationReconstruction = history.validation.reconstruction
    record.validationDivergence = history.validation.divergence
    record.rows = rowsRecord
    record.validationRows = validationRowsRecord
    var kept: [Store] = []
    if best == nil, let held = self.best, let update = standing.bestUpdate, update != self.update {
      kept = stores(held, prefix: "best.")
    }
    let state = stores(best?.checkpoint)
    let bytes = (state + kept).reduce(0 as Size) { $0 + Parameters.bytes($1.parameters.specs) }
    let first = min(first, history.count)
    try Memory.require(
      bytes + Size(history.count - first) * 32, for: "a copy of the trainer for its file")
    return TrainerImage(
      update: history.count, state: state.flatMap(\.entries), best: kept.flatMap(\.entries),
      record: record.json.line, validation: history.validation, first: first,
      triples: history.triples(first..<history.count))
  }

  /// The hash of the current state (`StateHash`). Throws `memory`.
  package func stateHash() throws(Fault) -> String {
    let stores = stores()
    try Memory.require(
      stores.reduce(0 as Size) { $0 + Parameters.bytes($1.parameters.specs) },
      for: "a copy of the trainer for its hash")
    return StateHash.of(
      stores.flatMap(\.entries), updates: history.digest, history.validation)
  }
}
