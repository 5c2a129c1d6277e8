import Glibc

/// log of a sum of exponentials in a stream.
///
/// -infinity counts as a weight of 0; NaN and infinity make the sum NaN, since it is then
/// undefined.
struct LogSumExp {
  private var largest = -Double.infinity
  private var sum = 0.0

  mutating func add(_ value: Double) {
    if value > largest {
      let factor = largest == -.infinity ? 0 : exp(largest - value)
      sum = sum * factor + 1
      largest = value
    } else if value > -.infinity {
      sum += exp(value - largest)
    } else if value.isNaN {
      (largest, sum) = (.nan, .nan)
    }
  }

  var logSum: Double { largest == .infinity ? .nan : largest + log(sum) }
}
