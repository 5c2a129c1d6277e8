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
  /// The arrays of the best validation and of the snapshot, as far as they are kept and differ from
  /// the current ones.
  let kept: [SafeTensors.Entry]
  /// The trainer's record as JSON.
  let record: String
  /// The history without its updates.
  let rest: History
  /// The number of updates before those in `triples`.
  let first: Int
  /// Reconstruction, divergence and objective of each later update in turn.
  let triples: [Float]

  /// Throws `notFinite` if a number that training goes on from is not finite, because such a file
  /// could not be loaded.
  func requireFinite() throws(Fault) { try SafeTensors(state + kept).requireFinite("the trainer") }

  /// Returns a file with all updates, which must be in `triples`.
  func wholeFile(checkpoint: () throws(Fault) -> Void = {}) throws(Fault) -> SafeTensors {
    // The saved history need not be finite, since nothing is computed from it.
    let lists = ["reconstruction", "divergence", "objective"].enumerated().map { place, name in
      let values = (0..<update).map { triples[3 * $0 + place] }
      return SafeTensors.Entry("history.\(name)", Tensor([update], values))
    }
    var digest = HistoryDigest()
    digest.update(triples)
    return try file(format: Trainer.format, lists, updates: digest.hex, checkpoint: checkpoint)
  }

  /// Returns a file whose updates are in a history file beside it.
  func file(beside note: HistoryNote) throws(Fault) -> SafeTensors {
    var file = try file(format: Trainer.checkpointFormat, [], updates: note.sha256)
    file.metadata.append(SafeTensors.Note(HistoryNote.name, note.json.line))
    return file
  }

  /// Returns the file of these arrays; `updates` is the digest of the history.
  private func file(
    format: String, _ further: [SafeTensors.Entry], updates: String,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> SafeTensors {
    let hash = try StateHash.of(state, updates: updates, rest, checkpoint: checkpoint)
    return SafeTensors(
      state + kept + further,
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
    record.trainer = try best.map { (best) throws(Fault) in try settings(of: best.update) } ?? spec
    record.changes = history.changes.isEmpty ? nil : history.changes
    record.skipped = history.skipped.isEmpty ? nil : history.skipped
    record.snapshot = best == nil ? good?.update : nil
    record.deadLatents = best == nil ? deadLatents?.latents : nil
    record.model = model.spec
    record.validationReconstruction = history.validation.reconstruction
    record.validationDivergence = history.validation.divergence
    record.rows = rowsRecord
    record.validationRows = validationRowsRecord
    var kept: [Store] = []
    if best == nil, let held = self.best, let update = standing.bestUpdate, update != self.update {
      kept = stores(held, prefix: "best.")
    }
    if let good, let update = record.snapshot, update != self.update {
      kept += stores(good.checkpoint, prefix: "snapshot.")
    }
    let state = stores(best?.checkpoint)
    let bytes = (state + kept).reduce(0 as Size) { $0 + Parameters.bytes($1.parameters.specs) }
    let first = min(first, history.count)
    try Memory.require(
      bytes + Size(history.count - first) * 32, for: "a copy of the trainer for its file")
    var rest = History()
    (rest.validation, rest.skipped) = (history.validation, history.skipped)
    return TrainerImage(
      update: history.count, state: state.flatMap(\.entries), kept: kept.flatMap(\.entries),
      record: record.json.line, rest: rest, first: first,
      triples: history.triples(first..<history.count))
  }

  /// Returns the hash of the current state (`StateHash`). Throws `memory`, and what `checkpoint`
  /// throws.
  package func stateHash(checkpoint: () throws(Fault) -> Void = {}) throws(Fault) -> String {
    let stores = stores()
    try Memory.require(
      stores.reduce(0 as Size) { $0 + Parameters.bytes($1.parameters.specs) },
      for: "a copy of the trainer for its hash")
    return try StateHash.of(
      stores.flatMap(\.entries), updates: history.digest, history, checkpoint: checkpoint)
  }
}
