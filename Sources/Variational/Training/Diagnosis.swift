import JSON
import Layers
import Tensors

/// Finds where the first number that is not finite arises, after an evaluation that failed.
///
/// Everything is computed again for one row, piece by piece, so that evaluations themselves need no
/// checks. Draws are those of `Evaluation`: they depend on seed, update and row alone.
package final class Diagnosis {
  /// The number of draws of z that are decoded together.
  private static let draws = 64

  private let model: Model
  private let workspace: Workspace?

  /// If there is no memory for one more row, no place is found.
  package init(_ model: Model) {
    self.model = model
    workspace = try? Workspace(model, rows: 1, samples: Self.draws, isTraining: false)
  }

  /// Returns the place for the row `row` and `samples` draws from its posterior; nil if everything
  /// is finite.
  package func place(
    of row: UInt32, in data: any Examples, samples: Int, seed: Int, update: UInt32 = 0,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> String? {
    guard let workspace else { return nil }
    return try withUnsafePointer(to: row) { (name) throws(Fault) in
      let shard = Shard(
        names: name, rows: 1, update: update, seed: seed)
      try data.bring(name, count: 1, checkpoint)
      workspace.take(shard, data)
      guard workspace.x.first(1).isFinite else { return "the row itself" }
      let context = workspace.context(shard, isDecoder: false, samples: 1)
      if let name = workspace.encoder.firstNotFinite(context) { return layer(name, model.encoder) }
      for first in stride(from: 0, to: samples, by: Self.draws) {
        // Processes that have brought a row together go on together.
        if !data.isDistributed { try checkpoint() }
        let count = min(Self.draws, samples - first)
        workspace.drawLatents(shard, samples: count, firstSample: first, isAnalytic: false)
        let terms = workspace.terms
        guard workspace.z.first(count).isFinite, areFinite(terms.logPosterior, count),
          terms.divergence[0].isFinite || !model.hasAnalyticDivergence
        else { return "the posterior (\(model.spec.posterior.typeName))" }
        guard areFinite(terms.logPrior, count) else {
          return "the prior (\(model.spec.prior.typeName))"
        }
        if let place = decoded(workspace, shard, samples: count, firstSample: first) {
          return place
        }
        workspace.reconstruct(shard, samples: count, firstSample: first)
        guard areFinite(terms.reconstruction, count) else { return likelihood }
      }
      return nil
    }
  }

  /// Returns the place for a latent, decoded with the conditioning values of row `row` of `given`,
  /// and for the density of the example `x`.
  package func place(
    decoding latent: [Float], given: (any Examples)? = nil, row: Int = 0, x: [Float]? = nil
  ) -> String? {
    guard let workspace else { return nil }
    guard latent.allSatisfy(\.isFinite) else {
      return "the draw from the prior (\(model.spec.prior.typeName))"
    }
    return withUnsafePointer(to: UInt32(row)) { name in
      let shard = Shard(
        names: name, rows: 1)
      latent.withUnsafeBufferPointer {
        if let base = $0.baseAddress { workspace.z.first(1).load(base) }
      }
      if let given { workspace.give(shard, given) }
      if let place = decoded(workspace, shard, samples: 1) { return place }
      guard let x else { return likelihood }
      x.withUnsafeBufferPointer {
        if let base = $0.baseAddress { workspace.x.first(1).load(base) }
      }
      workspace.reconstruct(shard, samples: 1)
      return x.allSatisfy(\.isFinite) && workspace.terms.reconstruction[0].isFinite
        ? nil : likelihood
    }
  }

  private var likelihood: String { "the likelihood (\(model.spec.likelihood.typeName))" }

  private func decoded(
    _ workspace: Workspace, _ shard: Shard, samples: Int, firstSample: Int = 0
  ) -> String? {
    // This also joins the conditioning values to the latents.
    guard !workspace.decode(shard, samples: samples, firstSample: firstSample).isFinite else {
      return nil
    }
    let context = workspace.context(
      shard, isDecoder: true, samples: samples, firstSample: firstSample)
    return workspace.decoder.firstNotFinite(context).map { layer($0, model.decoder) }
  }

  private func areFinite(_ values: UnsafeMutablePointer<Double>, _ count: Int) -> Bool {
    (0..<count).allSatisfy { values[$0].isFinite }
  }

  /// Names a layer by the name of its parameters, with its type.
  private func layer(_ name: String, _ stack: Stack) -> String {
    let position = name.split(separator: ".").dropFirst().first.flatMap { Int($0) }
    let type = position.flatMap { stack.layers.indices.contains($0) ? stack.layers[$0].type : nil }
    return "layer \(name)" + (type.map { " (\($0))" } ?? "")
  }
}

extension Fault {
  /// Returns the fault for a figure that cannot be computed: `rows`, of `count`, are those whose
  /// values are not finite, by their indices in the data.
  package static func notFinite(
    _ what: String, rows: [UInt32], of count: Int, got: Double, place: String?,
    isExample: Bool = false, hint: String
  ) -> Fault {
    let names = rows.prefix(8).map(String.init).joined(separator: ", ")
    let noun = isExample ? "example" : "row"
    let which = "\(noun)\(rows.count == 1 ? "" : "s") \(names)\(rows.count > 8 ? ", …" : "")"
    return Fault(
      .notFinite,
      "\(what) is not finite in \(rows.count) of \(count) \(noun)s (\(which))"
        + (place.map { "; the first such number arises in \($0)" } ?? ""),
      expected: "finite numbers", got: JSON.real(got).line, hint: hint)
  }
}
