import Files
import JSON
import Layers
import Tensors

/// The latents of a whole batch, for objectives that compare examples.
///
/// Every shard writes the rows of its own examples and then meets the others; after that all shards
/// read what all wrote, so that the order in which they run does not matter.
public final class LatentBatch {
  public let samples: Int
  /// The encoder's output for each example.
  public let parameters: Block
  /// The draws from the posteriors; draw s of example r is row r * samples + s.
  public let z: Block
  /// As many draws from the prior, if the objective needs them.
  public let prior: Block
  /// Room for the gradient in every draw.
  public let gradient: Block
  /// The objective that reads them.
  var objective: any CoupledObjective
  private let arena: Arena
  private let keptPerDraw: Int
  private let kept: UnsafeMutablePointer<Double>
  private let buffer: Buffer<Double>

  /// Throws `memory`.
  init(_ model: Model, _ objective: any CoupledObjective, batch: Int) throws(Fault) {
    self.objective = objective
    samples = objective.samples
    let (draws, latent) = (batch * samples, model.spec.latent)
    var layout = Arena.Layout()
    let parameters = layout.block(rows: batch, columns: model.posterior.inputs)
    let z = layout.block(rows: draws, columns: latent)
    let prior = layout.block(rows: objective.comparesWithPrior ? draws : 0, columns: latent)
    let gradient = layout.block(rows: objective.comparesWithPrior ? draws : 0, columns: latent)
    arena = try Arena(layout, for: "the latents of a batch of \(batch)")
    self.parameters = arena.block(parameters)
    self.z = arena.block(z)
    self.prior = arena.block(prior)
    self.gradient = arena.block(gradient)
    keptPerDraw = objective.keptPerDraw(latent: latent)
    buffer = try Buffer(
      Size(draws) * keptPerDraw, for: "what the objective keeps of a batch of \(batch)")
    kept = buffer.base
  }

  /// The number of latents.
  public var latent: Int { z.columns }

  /// Returns the values that the objective keeps for a draw.
  public func kept(_ draw: Int) -> UnsafeMutablePointer<Double> { kept + draw * keptPerDraw }

  /// Copies a shard's rows; the first is example `start` of the batch.
  func take(_ h: Block, z draws: Block, at start: Int) {
    parameters.rows(start..<start + h.rows).copy(h)
    z.rows(start * samples..<start * samples + draws.rows).copy(draws)
  }
}
