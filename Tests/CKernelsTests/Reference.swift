import Glibc

/// Returns the distance from the exact result in units in the last place of a `Float`; the smallest
/// unit is 2^-149.
func ulps(_ got: Float, _ exact: Double) -> Double {
  if exact.isNaN { return got.isNaN ? 0 : .infinity }
  let rounded = Float(exact)
  if rounded.isInfinite { return got == rounded ? 0 : .infinity }
  if !got.isFinite { return .infinity }
  return abs(Double(got) - exact) / Double(rounded.ulp)
}

func sigmoid(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }

func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

/// Pseudorandom values in [-1, 1] from a linear congruence (Knuth's MMIX constants), so that tests
/// repeat exactly.
struct Noise {
  var state: UInt64

  init(_ seed: UInt64 = 1) { state = seed }

  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int64(bitPattern: state) >> 40) * 0x1p-23
  }

  mutating func array(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in next() * scale }
  }
}

/// Every 4097th bit pattern, which covers all exponents of both signs, and every special value.
let everyKindOfFloat: [Float] =
  stride(from: UInt64(0), to: 1 << 32, by: 4097).map { Float(bitPattern: UInt32($0)) }
  + specialFloats

let specialFloats: [Float] = {
  var values: [Float] = [
    0, 1, 2, 0.5, .leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude.nextDown,
    .greatestFiniteMagnitude, .infinity, .nan, .signalingNaN, 0x1p-12, 0x1p-24, 0x1p24, 9.01, 9.02,
    10, 17,
    16.635, 87, 87.33, 88, 88.72, 88.7228, 88.73, 89, 103.27, 103.97, 104, 105, 1e4, 1e30,
    0x1.6a09e6p-1, 0x1.6a09e8p-1, 0x1.6a09e6p0, 0x1.6a09e8p0, 0x1.62e43p-2, 0x1.62e43p-1,
  ]
  values += values.flatMap { $0.isFinite ? [$0.nextUp, $0.nextDown] : [] }
  return values + values.map { -$0 }
}()

func bits(_ x: [Float]) -> [UInt32] { x.map(\.bitPattern) }
