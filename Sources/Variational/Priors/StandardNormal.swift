import Declarations
import Glibc
import JSON
import Tensors

/// The standard normal: log p(z) = -1/2 sum (log(2 pi) + z^2).
package struct StandardNormal: PriorModule {
  package init() {}

  package static let type = "standardNormal"
  package static let summary = "Independent standard normal latents."
  package static let fields: [Field<StandardNormal>] = []

  package func prior(_ setting: PriorSetting) -> any Prior { Standard(latent: setting.latent) }
}

private struct Standard: Prior {
  let latent: Int
  var isStandardNormal: Bool { true }

  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>, _ pass: LatentPass) {
    let constant = 0.5 * log(2 * Double.pi) * Double(latent)
    for row in 0..<z.rows {
      let z = z.row(row)
      var sum = 0.0
      for i in 0..<latent { sum += Double(z[i]) * Double(z[i]) }
      logDensity[row] = -constant - 0.5 * sum
    }
  }

  func backward(_ z: Block, weights: PriorWeights, adding dz: Block, _ pass: LatentPass) {
    for row in 0..<z.rows {
      let (z, dz, weight) = (z.row(row), dz.row(row), weights.path[row])
      for i in 0..<latent { dz[i] -= weight * z[i] }
    }
  }

  func draw(_ noise: Block, into z: Block, _ pass: LatentPass) {
    guard noise.base != z.base else { return }
    z.copy(noise)
  }
}

extension Choice<PriorKind> {
  /// Independent standard normal latents.
  public static var standardNormal: Self { Choice(StandardNormal()) { $0 } }
}
