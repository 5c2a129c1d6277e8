import JSON
import Layers
import Tensors

/// The history in a saved file: lists that are checked against each other before they are used.
extension History {
  /// Reads the history of a trainer's file; `every` is the number of updates between two
  /// validations, if there are any. Throws `badFile` if lists that belong together have different
  /// lengths, or contain values that no run produces.
  init(
    _ file: SafeTensors, _ record: TrainerRecord, every: Int?, path: String
  ) throws(Fault) {
    self.init()
    if file.note("format") == Trainer.checkpointFormat {
      let note: HistoryNote = try file.described(
        HistoryNote.name, format: Trainer.checkpointFormat, path: path)
      append(triples: try note.triples(beside: path))
    } else {
      reconstruction = try Self.list("reconstruction", file, path)
      divergence = try Self.list("divergence", file, path)
      objective = try Self.list("objective", file, path)
    }
    guard divergence.count == count, objective.count == count else {
      let lengths = "\(count), \(divergence.count) and \(objective.count)"
      throw Self.bad(
        path, "a history of unequal lengths", expected: "three lists of one length", got: lengths)
    }
    // An update whose objective is not finite is never taken. Its two terms may be infinite if the
    // objective is not their difference.
    guard objective.allSatisfy(\.isFinite), !reconstruction.contains(where: \.isNaN),
      !divergence.contains(where: \.isNaN)
    else {
      throw Self.bad(
        path, "updates in its history that are not numbers", expected: "numbers", got: "NaN")
    }
    try takeValidations(record, every: every, path)
    changes = record.changes ?? []
    var last = 0
    for change in changes {
      guard (last...count).contains(change.update) else {
        throw Self.bad(
          path, "changes of its settings out of order", expected: "updates that rise to \(count)",
          got: "\(change.update) after \(last)")
      }
      last = change.update
    }
    skipped = record.skipped ?? []
    last = 1
    for update in skipped {
      guard (last...count + 1).contains(update) else {
        throw Self.bad(
          path, "skipped batches out of order", expected: "updates that rise to \(count + 1)",
          got: "\(update) after \(last)")
      }
      last = update
    }
  }

  private mutating func takeValidations(
    _ record: TrainerRecord, every: Int?, _ path: String
  ) throws(Fault) {
    validation.reconstruction = record.validationReconstruction
    validation.divergence = record.validationDivergence
    let made = validation.reconstruction.count
    guard validation.divergence.count == made else {
      throw Self.bad(
        path, "validations of unequal lengths", expected: "two lists of one length",
        got: "\(made) and \(validation.divergence.count)")
    }
    // A quotient, so that the products below cannot exceed the number of updates.
    let most = every.map { count / $0 } ?? 0
    guard made <= most else {
      throw Self.bad(
        path, "\(made) validations, more than its \(count) updates allow",
        expected: "at most \(most) validations", got: "\(made)")
    }
    validation.update = (0..<made).map { ($0 + 1) * (every ?? 0) }
  }

  private static func list(
    _ name: String, _ file: SafeTensors, _ path: String
  ) throws(Fault) -> [Float] {
    let tensor = try file.required("history.\(name)", path: path)
    guard tensor.shape.extents.count == 1 else {
      throw bad(
        path, "an array \"history.\(name)\" of shape \(tensor.shape)", expected: "[updates]",
        got: "\(tensor.shape)")
    }
    return tensor.values
  }

  private static func bad(
    _ path: String, _ what: String, expected: String, got: String
  ) -> Fault {
    Fault(.badFile, "\(path) has \(what)", path: "path", expected: expected, got: got)
  }
}

extension SafeTensors {
  func required(_ name: String, path: String) throws(Fault) -> Tensor {
    if let tensor = self[name] { return tensor }
    throw Fault(.badFile, "\(path) has no array \"\(name)\"", path: "path", expected: name)
  }

  /// Throws `badFile` for an unknown array: data that are not read cannot be checked.
  func refuseOthers(than known: Set<String>, path: String) throws(Fault) {
    guard let other = entries.first(where: { !known.contains($0.name) }) else { return }
    let name = JSON.string(other.name).excerpt
    throw Fault(
      .badFile, "\(path) has an array \(name), which does not belong to the trainer", path: "path",
      expected: "the arrays of trainer.save", got: name)
  }
}

/// The arrays of a file whose names share a prefix.
struct Store {
  let prefix: String
  let parameters: Parameters
  /// Whether the arrays hold sums of squares or magnitudes, whose roots are taken.
  var isNonnegative = false

  var names: [String] { parameters.specs.map { prefix + $0.name } }

  var entries: [SafeTensors.Entry] {
    parameters.specs.indices.map {
      SafeTensors.Entry(prefix + parameters.specs[$0].name, parameters.tensor($0))
    }
  }

  /// Copies the arrays from a file. Throws `badFile` if one is missing or has another shape, and
  /// `notFinite` for numbers from which training cannot continue.
  func read(_ file: SafeTensors, path: String) throws(Fault) {
    for (index, spec) in parameters.specs.enumerated() {
      let name = prefix + spec.name
      let tensor = try file.required(name, path: path)
      guard tensor.shape == spec.shape else {
        throw Fault(
          .badFile, "\(path): \"\(name)\" has shape \(tensor.shape), not \(spec.shape)",
          path: "path", expected: "\(spec.shape)", got: "\(tensor.shape)")
      }
      guard tensor.values.allSatisfy(\.isFinite) else {
        throw Fault(
          .notFinite, "\(path): \"\(name)\" has numbers that are not finite", path: "path",
          expected: "finite numbers", hint: "continue from an earlier file")
      }
      if isNonnegative, let negative = tensor.values.first(where: { $0 < 0 }) {
        throw Fault(
          .badFile, "\(path): \"\(name)\" has \(negative), and holds squares or magnitudes",
          path: "path", expected: "numbers from 0", got: "\(negative)")
      }
      parameters.assign(tensor, to: index)
    }
  }
}
