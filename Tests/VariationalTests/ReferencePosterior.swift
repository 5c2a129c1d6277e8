import Declarations
import JSON
import Layers
import References
import Tensors

@testable import Variational

/// The diagonal Gaussian with the noise of another program: each of the engine's draws is looked
/// up, and replaced by the reference's draw for that example and sample.
struct ReferencePosterior: PosteriorModule {
  /// The keys are the first two numbers of the engine's draw, which no two draws share.
  private var replacement: [SIMD2<Float>: [Float]] = [:]

  init() {}

  /// `noise` (samples, rows, latents) replaces what is drawn with `seed` at `updates`.
  init(noise: Tensor, seed: Int, updates: ClosedRange<UInt32>) {
    let extents = noise.shape.extents
    let (samples, rows, latent) = (extents[0], extents[1], extents[2])
    var memory = [Float](repeating: 0, count: noise.values.count)
    memory.withUnsafeMutableBufferPointer { buffer in
      let block = Block(
        buffer.baseAddress.unsafelyUnwrapped, rows: rows * samples, columns: latent)
      for update in updates {
        Random(seed: seed, .posterior).normal(
          into: block, rows: (0..<UInt32(rows)).map { $0 }, samples: samples, update: update)
        for row in 0..<rows {
          for sample in 0..<samples {
            let own = block.row(row * samples + sample)
            let start = (sample * rows + row) * latent
            replacement[SIMD2(own[0], own[1])] = Array(noise.values[start..<start + latent])
          }
        }
      }
    }
  }

  static let type = "reference"
  static let summary = "The diagonal Gaussian on given noise."
  static let fields: [Field<ReferencePosterior>] = []

  func posterior(latent: Int) -> any Posterior {
    Replaced(gaussian: DiagonalGaussian(latent: latent), replacement: replacement)
  }

  private struct Replaced: ClosedFormPosterior {
    let gaussian: DiagonalGaussian
    let replacement: [SIMD2<Float>: [Float]]

    var latent: Int { gaussian.latent }
    var inputs: Int { gaussian.inputs }
    var cachePerRow: Int { gaussian.cachePerRow }

    func sample(
      _ h: Block, noise: Block, samples: Int, into z: Block,
      logDensity: UnsafeMutablePointer<Double>?, _ pass: LatentPass
    ) {
      for row in 0..<noise.rows {
        let own = noise.row(row)
        let given = replacement[SIMD2(own[0], own[1])]
        for i in 0..<latent { own[i] = given?[i] ?? .nan }
      }
      gaussian.sample(
        h, noise: noise, samples: samples, into: z, logDensity: logDensity, pass)
    }

    func divergence(
      _ h: Block, into divergence: UnsafeMutablePointer<Double>, _ pass: LatentPass
    ) {
      gaussian.divergence(h, into: divergence, pass)
    }

    func backward(
      _ dz: Block, h: Block, noise: Block, samples: Int, weights: LatentWeights, into dh: Block,
      _ pass: LatentPass
    ) {
      gaussian.backward(
        dz, h: h, noise: noise, samples: samples, weights: weights, into: dh, pass)
    }

    func moments(_ h: Block, mean: Block, deviation: Block) {
      gaussian.moments(h, mean: mean, deviation: deviation)
    }
  }
}
