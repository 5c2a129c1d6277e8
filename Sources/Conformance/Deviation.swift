import Glibc
import Tensors

/// The allowed difference between numbers and their expected values.
package enum Tolerance: Sendable {
  /// |error| <= this times max(1, |expected|), entry by entry: for activations and log densities,
  /// whose inputs reach 1e4.
  case entry(Double)
  /// |error| <= this times the largest |expected|: for sums of products.
  case largest(Double)
  /// |error| <= this: for sums whose terms cancel.
  case absolute(Double)

  /// The tolerances for references that were computed in float64 and rounded once.
  package static let activation = Tolerance.entry(1e-5)
  package static let product = Tolerance.largest(1e-4)
}

/// The worst error of an array, relative to the tolerance.
package struct Deviation: CustomStringConvertible, Sendable {
  package var name: String
  package var ratio = 0.0
  package var index = 0
  package var got = 0.0
  package var expected = 0.0

  package var isTolerated: Bool { ratio <= 1 }

  package var description: String {
    "\(name)[\(index)]: expected \(expected), got \(got), \(ratio) times what is tolerated"
  }

  package init<A: Sequence, B: Sequence>(
    _ name: String, _ got: A, _ expected: B, _ tolerance: Tolerance
  ) where A.Element: BinaryFloatingPoint, B.Element: BinaryFloatingPoint {
    self.name = name
    let (got, expected) = (got.map { Double($0) }, expected.map { Double($0) })
    guard got.count == expected.count else {
      (ratio, self.got, self.expected) = (.infinity, Double(got.count), Double(expected.count))
      self.name += ".count"
      return
    }
    let largest = expected.reduce(0) { max($0, $1.magnitude) }
    for (index, pair) in zip(got, expected).enumerated() where pair.0 != pair.1 {
      let allowed =
        switch tolerance {
        case .entry(let part): part * max(1, pair.1.magnitude)
        case .largest(let part): part * largest
        case .absolute(let error): error
        }
      let ratio = (pair.0 - pair.1).magnitude / allowed
      if !(ratio <= self.ratio) {
        self.ratio = ratio.isNaN ? .infinity : ratio
        (self.index, self.got, self.expected) = (index, pair.0, pair.1)
      }
    }
    if Self.areListed { print("deviation \(ratio) \(self)") }
  }

  /// With ELBO_DEVIATIONS=1 every comparison prints its worst entry.
  private static let areListed = getenv("ELBO_DEVIATIONS") != nil
}

/// Returns reproducible numbers on [-1, 1): the finaliser of SplitMix64 (Steele, Lea and Flood,
/// 2014).
package func numbers(_ count: Int, seed: UInt64) -> [Float] {
  (0..<count).map { index in
    var word = (seed << 32 ^ UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return Float((word ^ word >> 31) >> 40) / Float(1 << 23) - 1
  }
}
