import Tensors

/// An objective that depends on the latents of the whole batch: shards meet between drawing the
/// latents and decoding them, and then read what all shards wrote.
public protocol CoupledObjective: Objective {
  /// The number of times all shards meet.
  var meetings: Int { get }
  /// Whether it compares the examples of a batch, which then needs at least two.
  var comparesExamples: Bool { get }
  /// Whether it compares the draws of z with as many draws from the prior.
  var comparesWithPrior: Bool { get }
  /// Returns the number of values that it keeps for every draw of z.
  func keptPerDraw(latent: Int) -> Int
  /// Does a shard's work before meeting number `meeting`, counted from 0, on its own rows; it may
  /// read what all shards wrote before the previous meeting.
  func prepare(_ meeting: Int, _ terms: Terms, _ pass: ObjectivePass)
  /// Adds to the gradient in the shard's draws of z, and in its rows of the encoder's output.
  func addGradient(toLatents dz: Block, _ pass: ObjectivePass)
  /// Adds the gradient in the posterior's parameters to dh.
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
