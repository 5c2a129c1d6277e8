import Tensors

/// An objective that looks at the latents of the whole batch: shards meet between the draw of the
/// latents and the decoder, and read what all wrote.
public protocol CoupledObjective: Objective {
  /// How often all shards meet.
  var meetings: Int { get }
  /// Whether an example is compared with the others of its batch, which then needs a second one.
  var comparesExamples: Bool { get }
  /// Whether examples are compared with as many draws from the prior.
  var comparesWithPrior: Bool { get }
  /// Numbers that it keeps for every draw of z.
  func keptPerDraw(latent: Int) -> Int
  /// A shard's work before the meeting of this number, counted from 0, on its own rows; it reads
  /// what all wrote before the last one.
  func prepare(_ meeting: Int, _ terms: Terms, _ pass: ObjectivePass)
  /// Adds to the gradient in the shard's draws of z, and in its rows of what the encoder put out.
  func addGradient(toLatents dz: Block, _ pass: ObjectivePass)
  func addGradient(toParameters dh: Block, _ pass: ObjectivePass)
}

extension CoupledObjective {
  public var coupling: (any CoupledObjective)? { self }
  public var comparesExamples: Bool { false }
  public var comparesWithPrior: Bool { false }
  public func keptPerDraw(latent: Int) -> Int { 0 }
  public func prepare(_ meeting: Int, _ terms: Terms, _ pass: ObjectivePass) {}
  public func addGradient(toLatents dz: Block, _ pass: ObjectivePass) {}
  public func addGradient(toParameters dh: Block, _ pass: ObjectivePass) {}
}
