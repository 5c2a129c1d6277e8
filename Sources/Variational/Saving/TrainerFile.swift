import Files
import JSON
import Layers
import Tensors

extension Trainer {
  static let format = "elbo trainer 1"

  /// The format of a file in a checkpoint folder, whose history is a file beside it.
  static let checkpointFormat = "elbo checkpoint 1"

  /// Returns parameters, slots and history as arrays, and the rest in the metadata: the current
  /// ones, or those of the best validation. Throws `notFinite` if a number from which training
  /// continues is not finite, because such a file could not be loaded, and what `checkpoint`
  /// throws.
  package func file(
    _ record: TrainerRecord, isBest: Bool = false, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> SafeTensors {
    let image = try image(record, isBest: isBest)
    try image.requireFinite()
    return try image.wholeFile(checkpoint: checkpoint)
  }

  /// Returns the record of the trainer in a file.
  package static func record(_ file: SafeTensors, path: String) throws(Fault) -> TrainerRecord {
    let format = file.note("format") == checkpointFormat ? checkpointFormat : format
    var record: TrainerRecord = try file.described("trainer", format: format, path: path)
    RAdam.keepRule(of: file, in: &record.trainer)
    return record
  }

  /// Restores the model's arrays, the slots and the history from a file.
  package func restore(_ file: SafeTensors, _ record: TrainerRecord, path: String) throws(Fault) {
    try model.requireAll(file, prefix: "model.", path: path)
    do { try model.assign(file.modelArrays, at: "path") } catch {
      throw error.kind == .unknownName ? error.asBadFile(path) : error
    }
    for store in stores() where store.prefix != "model." { try store.read(file, path: path) }
    let history = try History(file, record, every: validation?.every, path: path)
    let state = stores().flatMap(\.names).compactMap { name in
      file[name].map { SafeTensors.Entry(name, $0) }
    }
    _ = try StateHash.check(file, state, history, path: path)
    let latent = model.spec.latent
    restore(history, try DeadLatents(record.deadLatents, history, latent: latent, path: path))
    do { _ = try settings(of: 0) } catch {
      throw error.within("changes in the metadata of \(path)").asBadFile(nil)
    }
    var known = Set(stores().flatMap(\.names))
    known.formUnion(["reconstruction", "divergence", "objective"].map { "history.\($0)" })
    if let best, let update = standing.bestUpdate {
      if update == self.update {
        best.take(self)
      } else {
        for store in stores(best, prefix: "best.") {
          try store.read(file, path: path)
          known.formUnion(store.names)
        }
      }
    }
    if let good, let update = record.snapshot {
      known.formUnion(try read(good, update, file, path: path))
    }
    try file.refuseOthers(than: known, path: path)
  }

  /// Restores the snapshot to which a refused update leads back; returns the names of its arrays.
  private func read(
    _ good: GoodState, _ update: Int, _ file: SafeTensors, path: String
  ) throws(Fault) -> [String] {
    guard (standing.bestUpdate ?? 0)...self.update ~= update else {
      throw Fault(
        .badFile, "\(path) has a snapshot that no run has", path: "path",
        expected: "an update from \(standing.bestUpdate ?? 0) to \(self.update)", got: "\(update)")
    }
    if update == self.update {
      good.take(self)
      return []
    }
    let stores = stores(good.checkpoint, prefix: "snapshot.")
    for store in stores { try store.read(file, path: path) }
    good.set(update: update)
    return stores.flatMap(\.names)
  }

  /// Returns the arrays that go into a file: the current ones, or those of a checkpoint.
  func stores(_ kept: Checkpoint? = nil, prefix: String = "") -> [Store] {
    let slots = kept?.slots ?? slots
    let average = kept.map(\.average) ?? average?.parameters
    let squares = spec.optimizer.product.squares
    return [
      Store(prefix: "\(prefix)model.", parameters: kept?.parameters ?? model.parameters),
      Store(prefix: "\(prefix)model.", parameters: kept?.state ?? model.state),
    ]
      + slots.enumerated().map {
        Store(
          prefix: "\(prefix)slot.\($0).", parameters: $1, isNonnegative: squares.contains($0))
      }
      + [average].compactMap { $0.map { Store(prefix: "\(prefix)average.", parameters: $0) } }
  }
}
