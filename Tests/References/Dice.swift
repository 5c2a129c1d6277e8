import Glibc
import JSON
import Tensors

/// Random choices that depend on a seed: the finaliser of SplitMix64 over a counter.
package struct Dice {
  private var state: UInt64

  /// Fixed, so that every run has the same tests; ELBO_SEED changes it.
  package static let seed = getenv("ELBO_SEED").flatMap { UInt64(String(cString: $0)) } ?? 14
  /// Whether ELBO_LONG asks for all repetitions.
  package static let isLong = getenv("ELBO_LONG") != nil

  /// The name gives each test its own sequence.
  package init(_ name: String, _ number: Int = 0, seed: UInt64 = Dice.seed) {
    state = name.utf8.reduce(seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number)) {
      ($0 ^ UInt64($1)) &* 0x0100_0000_01B3
    }
  }

  package mutating func word() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  package mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(word() % UInt64(range.count))
  }

  package mutating func isHead(_ part: Double = 0.5) -> Bool {
    Double(word() >> 11) < part * 0x1p53
  }

  package mutating func choice<T>(_ among: [T]) -> T { among[integer(0...among.count - 1)] }

  /// Returns a number that is log-uniform from 1 to 150, but at most `atMost`.
  package mutating func rows(atMost: Int) -> Int {
    let count = Int(pow(150.99, Double(word() >> 11) * 0x1p-53))
    return max(1, min(count, atMost))
  }

  /// Returns a vector, a plane or an image of at most `atMost` numbers; every second one is wide
  /// enough for padded rows.
  package mutating func shape(atMost: Int) -> Shape {
    while true {
      let extents =
        switch integer(0...3) {
        case 0: [integer(1...300)]
        case 1: [integer(1...30), integer(1...30)]
        default: [integer(1...12), integer(1...20), integer(1...20)]
        }
      let shape = Shape(extents)
      if shape.count <= atMost { return shape }
    }
  }
}
