import Engine
import Glibc

/// The number of repetitions of the tests in this folder, and their seeds.
///
/// `ELBO_LONG` repeats everything as often as its specification says; `ELBO_SEED` reproduces a
/// failure that printed it.
enum Repetition {
  static let isLong = getenv("ELBO_LONG") != nil

  /// The first seed; each repetition adds its number.
  static let seed: UInt64 = {
    if let text = getenv("ELBO_SEED"), let seed = UInt64(String(cString: text)) { return seed }
    let seed = Clock.nanoseconds % 1_000_000
    figure("random moments and inputs: ELBO_SEED=\(seed)")
    return seed
  }()

  static func times(_ short: Int, long: Int) -> Int { isLong ? long : short }
}

/// Prints a measurement, for `Tests/README.md`.
func figure(_ text: String) { print("figure: \(text)") }

/// SplitMix64: any seed is a good one.
struct Dice: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
}

/// Times in milliseconds: their median, their maximum, and the number past a bound.
struct Times {
  private(set) var milliseconds: [Double] = []

  mutating func add(seconds: Double) { milliseconds.append(seconds * 1000) }
  var greatest: Double { milliseconds.max() ?? 0 }

  func words(bound: Double) -> String {
    let sorted = milliseconds.sorted()
    guard !sorted.isEmpty else { return "none" }
    func tenth(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    let past = sorted.count { $0 > bound }
    return "\(sorted.count) times, median \(tenth(sorted[sorted.count / 2])) ms, "
      + "greatest \(tenth(greatest)) ms, past \(Int(bound)) ms: \(past)"
  }
}
