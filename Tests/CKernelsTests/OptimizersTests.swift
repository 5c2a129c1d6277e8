import CKernels
import Testing

@Suite struct OptimizersTests {
  @Test(arguments: [1, 4, 16, 17, 100], [Float(1), -1, 0.01]) func adam(
    _ n: Int, _ gradientScale: Float
  ) {
    var noise = Noise()
    var p = noise.array(n)
    var m = [Float](repeating: 0, count: n)
    var v = m
    let start = p
    var exact = p.map(Double.init)
    var first = [Double](repeating: 0, count: n)
    var second = first
    let beta1: Float = 0.9
    let beta2: Float = 0.999
    for _ in 0..<20 {
      let g = noise.array(n, scale: 2)
      elbo_adam(n, &p, &m, &v, g, gradientScale, 1e-2, beta1, beta2, 1e-6)
      for i in 0..<n {
        let gradient = Double(g[i]) * Double(gradientScale)
        first[i] = Double(beta1) * first[i] + (1 - Double(beta1)) * gradient
        second[i] = Double(beta2) * second[i] + (1 - Double(beta2)) * gradient * gradient
        exact[i] -= Double(Float(1e-2)) * first[i] / (second[i].squareRoot() + Double(Float(1e-6)))
      }
    }
    for i in 0..<n {
      #expect(abs(Double(p[i]) - exact[i]) <= 2e-5 * abs(exact[i] - Double(start[i])) + 5e-6)
      #expect(abs(Double(m[i]) - first[i]) <= 1e-6 * Double(abs(gradientScale)))
      #expect(abs(Double(v[i]) - second[i]) <= 2e-6 * second[i])
    }
  }

  @Test(arguments: [1, 4, 16, 17, 100], [Float(0), 0.9]) func sgd(_ n: Int, _ momentum: Float) {
    var noise = Noise(2)
    var p = noise.array(n)
    var velocity = [Float](repeating: 0, count: n)
    var exact = p.map(Double.init)
    var speed = [Double](repeating: 0, count: n)
    for _ in 0..<20 {
      let g = noise.array(n)
      elbo_sgd(n, &p, momentum == 0 ? nil : .init(&velocity), g, -0.5, 0.1, momentum)
      for i in 0..<n {
        speed[i] = Double(momentum) * speed[i] - 0.5 * Double(g[i])
        exact[i] -= Double(Float(0.1)) * speed[i]
      }
    }
    for i in 0..<n { #expect(abs(Double(p[i]) - exact[i]) <= 3e-6) }
  }

  @Test func anElementDoesNotDependOnItsPlace() {
    var noise = Noise(3)
    let (p, g) = (noise.array(37), noise.array(37))
    let (m, v) = (noise.array(37), noise.array(37).map { abs($0) })
    var whole = (p: p, m: m, v: v)
    elbo_adam(37, &whole.p, &whole.m, &whole.v, g, 0.5, 1e-3, 0.9, 0.999, 1e-8)
    for i in 0..<37 {
      var (onep, onem, onev) = (p[i], m[i], v[i])
      elbo_adam(1, &onep, &onem, &onev, [g[i]], 0.5, 1e-3, 0.9, 0.999, 1e-8)
      #expect(onep == whole.p[i] && onem == whole.m[i] && onev == whole.v[i])
    }
  }
}
