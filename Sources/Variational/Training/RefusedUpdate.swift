import JSON
import Layers

/// An update that is not made because a number would not be finite; or one that was made, and whose
/// validation is not finite.
struct RefusedUpdate {
  /// Counts from 1.
  let update: Int
  let cause: Cause

  enum Cause {
    /// The objective or its gradient is not finite, in these `rows` of `count` if the objective is
    /// not.
    case gradient(tensor: Int?, rows: [UInt32], count: Int, objective: Double)
    /// A running statistic would not be.
    case statistics(String)
    /// What the optimizer writes would not be: parameters, its slots or the average.
    case move(Trained)
    /// The validation's ELBO is not finite in these rows.
    case validation(rows: [UInt32], elbo: Double)
  }

  /// An array that an update writes: what it is, in words before the name of a parameter.
  struct Trained {
    let words: String
    let store: Parameters
    let index: Int

    var name: String { words + store.specs[index].name }
  }

  var isOfValidation: Bool { if case .validation = cause { true } else { false } }
}

extension Trainer {
  /// Returns the error of a refused update, before anything was done about it. Throws what looking
  /// for the place throws.
  func fault(_ refused: RefusedUpdate) throws(Fault) -> Fault {
    let start = "update \(refused.update): "
    switch refused.cause {
    case .gradient(let tensor, let rows, let count, let objective):
      let specs = model.parameters.specs
      let name = tensor.map { "the gradient of \(specs[$0].name)" } ?? "the objective"
      return Fault(
        .notFinite, "\(start)\(name) is not finite\(Self.words(rows)); \(before(tensor))",
        got: Self.words(objective), hint: wayOut(rows: rows.count, of: count))
    case .statistics(let name):
      return Fault(
        .notFinite, "\(start)\(name) would not be finite in float32; \(before(nil))",
        hint: tried + "check the range of the data; " + skip)
    case .move(let array):
      let range = Self.range(array.store, array.index)
      return Fault(
        .notFinite,
        "\(start)\(array.name) would not be finite in float32; the parameters are those before it, and \(array.name) was from \(range)",
        hint: tried + "lower the rate" + (spec.optimizer.rate.map { " of \($0)" } ?? "")
          + ", or give a \"clip\", with trainer.set, and train on; " + rewind)
    case .validation(let rows, let elbo):
      guard let validation, let first = rows.first else { break }
      let place = try Diagnosis(average ?? model).place(
        of: first, in: validation.data, samples: validation.samples, seed: spec.seed,
        update: UInt32(truncatingIfNeeded: refused.update))
      return .notFinite(
        "update \(refused.update): the validation's ELBO", rows: rows,
        of: validation.rows.count, got: elbo, place: place,
        hint: tried
          + "the update is kept and training can go on; check these rows, or lower the rate with trainer.set; "
          + rewind)
    }
    return Fault(.notFinite, "\(start)a number is not finite")
  }

  /// The parameters before the update: those of an array, or of the one with the largest magnitude.
  private func before(_ tensor: Int?) -> String {
    let store = model.parameters
    let index = tensor ?? store.specs.indices.max { store.magnitude($0) < store.magnitude($1) }
    guard let index else { return "the parameters are those before it" }
    let what = tensor == nil ? "the largest are in " : ""
    return
      "the parameters are those before it: \(what)\(store.specs[index].name), from \(Self.range(store, index))"
  }

  private static func range(_ store: Parameters, _ index: Int) -> String {
    let values = store.tensor(index).values
    guard let least = values.min(), let most = values.max() else { return "nothing" }
    return "\(JSON.float(least).line) to \(JSON.float(most).line)"
  }

  /// What helps if the objective or its gradient is not finite.
  private func wayOut(rows: Int, of count: Int) -> String {
    if rows > 0, rows < count { return tried + "check these rows; " + skip }
    guard update > 0 else {
      return tried + "check the data, and the parameters if they were assigned or trained before"
    }
    let way =
      best != nil && standing.bestUpdate != nil
      ? "save it with \"best\": true, load that file, and lower the rate with trainer.set"
      : "build or load the model again, and train it with a lower rate"
    return tried
      + "earlier updates have ruined the parameters, and a lower rate alone does not mend them: \(way); "
      + rewind
  }

  private var skip: String {
    offer(
      SkipPolicy.self,
      "\"onRefusal\": {\"type\": \"skip\"} with trainer.set passes over such batches")
  }

  private var rewind: String {
    offer(
      RewindPolicy.self,
      "\"onRefusal\": {\"type\": \"rewind\"} in trainer.create goes back to the latest good validation and lowers the rate by itself"
    )
  }

  /// What a policy would do; if it is the trainer's own and has given up, how it would go on.
  private func offer(_ policy: any RefusalPolicy.Type, _ words: String) -> String {
    guard let own = spec.onRefusal?.product, type(of: own) == policy else { return words }
    return "with trainer.set, \(own.further) to go on"
  }

  /// What the trainer's policy did before it gave up.
  private var tried: String {
    let (skipped, rewound) = (history.skippedInARow, history.rewound)
    if skipped > 0 { return "\(skipped) batches in a row were passed over in vain: " }
    return rewound > 0 ? "the trainer has gone back \(rewound) times: " : ""
  }

  /// Describes a mean of float32 numbers: those beyond their range are no numbers of the model.
  private static func words(_ mean: Double) -> String {
    mean.isFinite && mean.magnitude > Double(Float.greatestFiniteMagnitude)
      ? "an objective of \(JSON.real(mean).line), beyond float32" : JSON.real(mean).line
  }

  private static func words(_ rows: [UInt32]) -> String {
    guard !rows.isEmpty else { return "" }
    let names = rows.prefix(8).map(String.init).joined(separator: ", ")
    return " (rows \(names)\(rows.count > 8 ? ", …" : ""))"
  }
}

extension Parameters {
  /// The largest magnitude in an array; infinite if a number is not finite.
  fileprivate func magnitude(_ index: Int) -> Float {
    tensor(index).values.reduce(0) { max($0, $1.isFinite ? $1.magnitude : .infinity) }
  }
}
