import Files
import JSON
import Tensors

/// The run in a trainer's file, or in the newest checkpoint of a folder, without its rows.
package struct SavedRun {
  package let path: String
  /// The hash of the state (`StateHash`), computed from the numbers in the file.
  package let hash: String
  private let history: History
  private let state: [SafeTensors.Entry]

  /// Throws `badFile` if the numbers are not those that were saved, and what reading throws.
  package init(_ path: String) throws(Fault) {
    let path = try CheckpointFolder.newest(path)
    let file = try SafeTensors(contentsOf: path)
    let record = try Trainer.record(file, path: path)
    let every = record.validation["every"].flatMap { try? Int(json: $0) }
    history = try History(file, record, every: every ?? 1, path: path)
    state = file.entries.filter { entry in
      !["history.", "best.", "snapshot."].contains { entry.name.hasPrefix($0) }
    }
    self.path = path
    hash = try StateHash.of(state, updates: history.digest, history)
    if let saved = file.note("hash"), saved != hash {
      throw Fault(
        .badFile, "\(path): its numbers are not those that were saved",
        expected: "numbers of hash \(saved)", got: hash)
    }
  }

  package var updates: Int { history.count }

  /// Returns what differs first, in words; nil if the runs are the same.
  package func difference(from other: SavedRun) -> String? {
    let lists: [(String, (History) -> [Float])] = [
      ("reconstruction", \.reconstruction), ("divergence", \.divergence),
      ("objective", \.objective),
    ]
    for update in 0..<min(updates, other.updates) {
      for (name, list) in lists {
        let (a, b) = (list(history)[update], list(other.history)[update])
        if a.bitPattern != b.bitPattern {
          return "they part at update \(update + 1): its \(name) is \(a) and \(b)"
        }
      }
    }
    guard updates == other.updates else {
      let common = min(updates, other.updates)
      return
        "the first has \(updates) updates and the second \(other.updates); the first \(common) are the same"
    }
    guard hash != other.hash else { return nil }
    for entry in state {
      guard let found = other.state.first(where: { $0.name == entry.name }) else {
        return "the updates are the same, but only the first has \(entry.name)"
      }
      if entry.tensor.shape != found.tensor.shape
        || zip(entry.tensor.values, found.tensor.values).contains(where: {
          $0.bitPattern != $1.bitPattern
        })
      {
        return "the updates are the same, but \(entry.name) differs after them"
      }
    }
    if let extra = other.state.first(where: { entry in
      !state.contains { $0.name == entry.name }
    }) {
      return "the updates are the same, but only the second has \(extra.name)"
    }
    return history.validation == other.history.validation
      ? "the updates are the same, but other batches were passed over"
      : "the updates are the same, but the validations differ"
  }
}
