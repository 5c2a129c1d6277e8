import Glibc
import JSON
import Tensors

/// The standard normal: log p(z) = -1/2 sum (log(2 pi) + z^2).
public struct StandardNormal: PriorModule {
  public init() {}

  public static let type = "standardNormal"
  public static let summary = "Independent standard normal latents."
  public static let fields: [Field<StandardNormal>] = []

  public func prior(latent: Int) -> any Prior { Standard(latent: latent) }
}

private struct Standard: Prior {
  let latent: Int
  var isStandardNormal: Bool { true }

  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>) {
    let constant = 0.5 * log(2 * Double.pi) * Double(latent)
    for row in 0..<z.rows {
      let z = z.row(row)
      var sum = 0.0
      for i in 0..<latent { sum += Double(z[i]) * Double(z[i]) }
      logDensity[row] = -constant - 0.5 * sum
    }
  }

  func backward(_ z: Block, weights: UnsafePointer<Float>, adding dz: Block) {
    for row in 0..<z.rows {
      let (z, dz) = (z.row(row), dz.row(row))
      for i in 0..<latent { dz[i] -= weights[row] * z[i] }
    }
  }

  func draw(_ noise: Block) {}
}
