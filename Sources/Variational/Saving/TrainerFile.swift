import Files
import JSON
import Layers
import Tensors

extension Trainer {
  static let format = "elbo trainer 1"

  /// Returns parameters, slots and history as arrays, and the rest in the metadata: the current
  /// ones, or those of the best validation. Throws `notFinite` if a number that training goes on
  /// from is not finite, because such a file could not be loaded.
  package func file(_ record: TrainerRecord, isBest: Bool = false) throws(Fault) -> SafeTensors {
    let best = try isBest ? requireBest(at: "best") : nil
    let history = best.map { self.history.first($0.update) } ?? history
    var record = record
    record.trainer = try best.map { (best) throws(Fault) in try settings(of: best.update) } ?? spec
    record.changes = history.changes.isEmpty ? nil : history.changes
    record.skipped = history.skipped.isEmpty ? nil : history.skipped
    record.snapshot = best == nil ? good?.update : nil
    record.model = model.spec
    record.validationReconstruction = history.validation.reconstruction
    record.validationDivergence = history.validation.divergence
    record.rows = RowsRecord(rows, of: data, for: model)
    record.validationRows = validation.map { RowsRecord($0.rows, of: $0.data, for: model) }
    let kept =
      (self.best.map { stores($0, prefix: "best.") } ?? [])
      + (good.map { stores($0.checkpoint, prefix: "snapshot.") } ?? [])
    let bytes = (stores(best?.checkpoint) + (best == nil ? kept : [])).reduce(0 as Size) {
      $0 + Parameters.bytes($1.parameters.specs)
    }
    try Memory.require(
      bytes + Size(history.count) * 32, for: "a copy of the trainer for its file")
    var entries = stores(best?.checkpoint).flatMap(\.entries)
    if best == nil, let kept = self.best, let update = standing.bestUpdate, update != self.update {
      entries += stores(kept, prefix: "best.").flatMap(\.entries)
    }
    if let good, let update = record.snapshot, update != self.update {
      entries += stores(good.checkpoint, prefix: "snapshot.").flatMap(\.entries)
    }
    // The saved history need not be finite, since nothing is computed from it.
    try SafeTensors(entries).requireFinite("the trainer")
    for (name, values) in [
      ("reconstruction", history.reconstruction), ("divergence", history.divergence),
      ("objective", history.objective),
    ] {
      entries.append(SafeTensors.Entry("history.\(name)", Tensor([values.count], values)))
    }
    return SafeTensors(
      entries,
      metadata: [
        SafeTensors.Note("format", Self.format), SafeTensors.Note("trainer", record.json.line),
      ])
  }

  /// Returns the record of the trainer in a file.
  package static func record(_ file: SafeTensors, path: String) throws(Fault) -> TrainerRecord {
    var record: TrainerRecord = try file.described("trainer", format: format, path: path)
    RAdam.keepRule(of: file, in: &record.trainer)
    return record
  }

  /// Restores the model's arrays, the slots and the history from a file.
  package func restore(_ file: SafeTensors, _ record: TrainerRecord, path: String) throws(Fault) {
    try model.requireAll(file, prefix: "model.", path: path)
    let arrays = file.entries.filter { $0.name.hasPrefix("model.") }.map {
      (name: String($0.name.dropFirst("model.".count)), tensor: $0.tensor)
    }
    do { try model.assign(arrays, at: "path") } catch {
      throw error.kind == .unknownName ? error.asBadFile(path) : error
    }
    for store in stores() where store.prefix != "model." { try store.read(file, path: path) }
    let history = try History(file, record, every: validation?.every, path: path)
    restore(history)
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

  /// The arrays that go into a file: the current ones, or those of a checkpoint.
  private func stores(_ kept: Checkpoint? = nil, prefix: String = "") -> [Store] {
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
