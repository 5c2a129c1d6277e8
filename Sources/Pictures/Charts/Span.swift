import Glibc

/// The range of an axis.
struct Span: Equatable {
  var low: Double
  var high: Double
  var isLogarithmic = false

  /// The range of `values`, widened by the fraction `margin` at both ends, and also if it would be
  /// empty.
  init(_ values: [Double], isLogarithmic: Bool = false, margin: Double = 0) {
    self.isLogarithmic = isLogarithmic
    let values = isLogarithmic ? values.map { log10($0) } : values
    low = values.min() ?? 0
    high = values.max() ?? 1
    let isPoint = high - low <= max(low.magnitude, high.magnitude) * 1e-12
    let room = isPoint ? max(low.magnitude * 0.05, 0.5) : (high - low) * margin
    low -= room
    high += room
  }

  static func union(_ spans: [Span]) -> Span {
    var union = spans.first ?? Span([])
    for span in spans {
      union.low = min(union.low, span.low)
      union.high = max(union.high, span.high)
    }
    return union
  }

  /// Returns the position of a value: 0 at the low end and 1 at the high one.
  func place(_ value: Double) -> Double {
    ((isLogarithmic ? log10(value) : value) - low) / (high - low)
  }
}
