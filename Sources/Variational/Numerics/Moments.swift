/// Mean and variance in a stream (Welford).
struct Moments {
  var count = 0.0
  var mean = 0.0
  var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    let step = value - mean
    mean += step / count
    squares += step * (value - mean)
  }

  var variance: Double { count > 1 ? squares / (count - 1) : 0 }
  var varianceOfMean: Double { count > 1 ? variance / count : 0 }
}
