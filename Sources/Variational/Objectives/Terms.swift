import Files
import JSON
import Tensors

/// The log densities of a shard's samples, in nats, and the weights that the objective derives from
/// them. Sample s of example r has index r * samples + s.
public final class Terms {
  /// The number of examples.
  public let rows: Int
  public let samples: Int
  private let doubles: UnsafeMutablePointer<Double>
  private let floats: UnsafeMutablePointer<Float>
  private let buffers: (Buffer<Double>, Buffer<Float>)

  /// Throws `memory`.
  init(rows: Int, samples: Int) throws(Fault) {
    self.rows = rows
    self.samples = samples
    let draws = Size(rows) * samples
    buffers = (
      try Buffer(draws * 3 + Size(rows) * 2, for: "the terms of \(rows) rows"),
      try Buffer(draws * 5 + Size(rows), for: "the weights of \(rows) rows")
    )
    (doubles, floats) = (buffers.0.base, buffers.1.base)
  }

  /// Returns the memory that the terms take.
  static func bytes(rows: Int, samples: Int) -> Size { Size(rows) * samples * 44 + Size(rows) * 20 }

  /// log p(x | z) of every sample.
  public var reconstruction: UnsafeMutablePointer<Double> { doubles }
  /// log p(z) of every sample.
  public var logPrior: UnsafeMutablePointer<Double> { doubles + rows * samples }
  /// log q(z | x) of every sample.
  public var logPosterior: UnsafeMutablePointer<Double> { doubles + 2 * rows * samples }
  /// Returns log of p(x, z) / q(z | x).
  func logWeight(_ sample: Int) -> Double {
    reconstruction[sample] + logPrior[sample] - logPosterior[sample]
  }

  /// KL(q(z | x) || p(z)) of every example: analytic, or the mean of log q - log p.
  public var divergence: UnsafeMutablePointer<Double> { doubles + 3 * rows * samples }
  /// The objective of every example.
  public var objective: UnsafeMutablePointer<Double> { divergence + rows }

  /// Weights of log p(x | z), for the decoder; not read if the objective is uniform.
  public var reconstructionWeight: UnsafeMutablePointer<Float> { floats }
  /// The factor of the gradient in z that comes from the decoder; not read if the objective is
  /// uniform.
  public var latentScale: UnsafeMutablePointer<Float> { floats + rows * samples }
  /// Weights of log p(z) - log q(z | x) through z.
  public var path: UnsafeMutablePointer<Float> { floats + 2 * rows * samples }
  /// Weights of -log q(z | x) through the parameters of q, at a fixed z.
  public var score: UnsafeMutablePointer<Float> { floats + 3 * rows * samples }
  /// Weights of log p(z) through the parameters of the prior.
  public var prior: UnsafeMutablePointer<Float> { floats + 4 * rows * samples }
  /// The factor of every example, if rows have weights.
  var factor: UnsafeMutablePointer<Float> { floats + 5 * rows * samples }

  /// Multiplies all values and weights of the first `count` examples by their factors, which
  /// `factors` lists by the examples' names. A uniform weight of log p(x | z) becomes one of each
  /// draw.
  func multiply(
    by factors: UnsafePointer<Float>, _ names: UnsafePointer<UInt32>, _ count: Int,
    isUniform: Bool
  ) {
    for row in 0..<count {
      let weight = factors[Int(names[row])]
      factor[row] = weight
      divergence[row] *= Double(weight)
      objective[row] *= Double(weight)
      for sample in row * samples..<(row + 1) * samples {
        reconstruction[sample] *= Double(weight)
        reconstructionWeight[sample] = isUniform ? weight : weight * reconstructionWeight[sample]
        path[sample] *= weight
        score[sample] *= weight
        prior[sample] *= weight
      }
    }
  }
}
