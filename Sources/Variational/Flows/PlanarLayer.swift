import Glibc

/// One planar layer of one example. It keeps uHat, then m(w u), m'(w u) - 1, |w|^2 and (m(w u) - w
/// u) / |w|^2.
struct PlanarLayer {
  let latent: Int
  let w: UnsafePointer<Float>
  let u: UnsafePointer<Float>
  let b: Float
  let kept: UnsafeMutablePointer<Float>

  static func kept(_ latent: Int) -> Int { latent + 4 }

  private var uHat: UnsafeMutablePointer<Float> { kept }
  private var m: Float { kept[latent] }
  private var bend: Float { kept[latent + 1] }
  private var square: Float { kept[latent + 2] }
  private var along: Float { kept[latent + 3] }

  /// Below this |w|^2 counts as zero and uHat is u, since rounding would destroy their ratio.
  private static let least = 1e-12
  private static let offset = log(M_E - 1)

  private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Double {
    var sum = 0.0
    for i in 0..<latent { sum += Double(a[i]) * Double(b[i]) }
    return sum
  }

  func prepare() {
    let (x, square) = (dot(w, u), dot(w, w))
    let argument = x + Self.offset
    let m = max(argument, 0) + log1p(exp(-argument.magnitude)) - 1
    let isWhole = square > Self.least
    let along = isWhole ? (m - x) / square : 0
    for i in 0..<latent { uHat[i] = u[i] + Float(along) * w[i] }
    kept[latent] = Float(m)
    kept[latent + 1] = Float(1 / (1 + exp(-argument)) - 1)
    kept[latent + 2] = isWhole ? Float(square) : 0
    kept[latent + 3] = Float(along)
  }

  /// 1 + tanh' m, as a sum of terms that cannot be negative.
  private func determinant(_ tanh: Double) -> Double {
    tanh * tanh + (1 - tanh * tanh) * (1 + Double(m))
  }

  /// Replaces z by z'; returns the determinant.
  func transform(
    _ z: UnsafeMutablePointer<Float>, keeping cached: UnsafeMutablePointer<Float>
  ) -> Double {
    let tanh = tanh(dot(w, z) + Double(b))
    cached.update(from: z, count: latent)
    cached[latent] = Float(tanh)
    for i in 0..<latent { z[i] += uHat[i] * Float(tanh) }
    return determinant(tanh)
  }

  /// d log |det| / d (w z + b): -2 tanh tanh' m / det.
  private func slope(_ tanh: Double) -> Double {
    -2 * tanh * (1 - tanh * tanh) * Double(m) / determinant(tanh)
  }

  /// Turns d log q / dz before the layer into that after it: J^T x = g - d log |det| / dz with J^T
  /// = I + tanh' w uHat^T, whose inverse is I - tanh' w uHat^T / det.
  func push(_ g: UnsafeMutablePointer<Float>, _ cached: UnsafePointer<Float>) {
    let tanh = Double(cached[latent])
    for i in 0..<latent { g[i] -= Float(slope(tanh)) * w[i] }
    let factor = Float((1 - tanh * tanh) * dot(uHat, g) / determinant(tanh))
    for i in 0..<latent { g[i] -= factor * w[i] }
  }

  /// Gradients in w, uHat, b and m, summed over the draws of an example.
  struct Gradient {
    let w: UnsafeMutablePointer<Float>
    let uHat: UnsafeMutablePointer<Float>
    let bm: UnsafeMutablePointer<Float>
    private let latent: Int

    static func count(_ latent: Int) -> Int { 2 * latent + 2 }

    init(_ base: UnsafeMutablePointer<Float>, _ latent: Int) {
      (w, uHat, bm, self.latent) = (base, base + latent, base + 2 * latent, latent)
    }

    func clear() { w.update(repeating: 0, count: Self.count(latent)) }
  }

  /// Replaces the gradient in z' by that in z; log |det| counts with `weight`.
  func backward(
    _ dz: UnsafeMutablePointer<Float>, weight: Float, _ cached: UnsafePointer<Float>,
    adding gradient: Gradient
  ) {
    let tanh = Double(cached[latent])
    let bend = 1 - tanh * tanh
    let inner = Float(bend * dot(uHat, dz) + Double(weight) * slope(tanh))
    for i in 0..<latent {
      gradient.uHat[i] += Float(tanh) * dz[i]
      gradient.w[i] += inner * cached[i]
      dz[i] += inner * w[i]
    }
    gradient.bm[0] += inner
    gradient.bm[1] += Float(Double(weight) * bend / determinant(tanh))
  }

  /// Writes the gradient in w, u and b, through uHat and m; the target may be the layer itself.
  func finish(_ gradient: Gradient, into target: UnsafeMutablePointer<Float>) {
    let along = self.along
    let pull = Float(dot(gradient.uHat, w))
    let perSquare = square > 0 ? pull / square : 0
    // The gradient in x = w u, through m and uHat.
    let inner = (1 + bend) * gradient.bm[1] + (square > 0 ? bend * perSquare : 0)
    for i in 0..<latent {
      let (w, u) = (w[i], u[i])
      target[i] =
        gradient.w[i] + inner * u + along * gradient.uHat[i] - 2 * along * perSquare * w
      target[latent + i] = gradient.uHat[i] + inner * w
    }
    target[2 * latent] = gradient.bm[0]
  }
}
