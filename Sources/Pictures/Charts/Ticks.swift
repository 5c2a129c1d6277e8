import Glibc

/// The marks of an axis, at round numbers, and what is written at them.
struct Ticks: Equatable {
  /// Numbers in the units of the axis, from the lowest.
  private(set) var values: [Double] = []
  private(set) var labels: [String] = []

  /// Returns the marks within a span, at most about `most` of them.
  ///
  /// Their distance is 1, 2 or 5 times a power of ten. On a logarithmic axis they are powers of
  /// ten; if there are fewer than three, also 2 and 5 times those, or the marks of a linear axis.
  init(_ span: Span, most: Int) {
    let most = max(1, most)
    guard span.isLogarithmic else {
      (values, labels) = Self.linear(from: span.low, to: span.high, most: most)
      return
    }
    let exponents = Self.multiples(of: 1, from: span.low, to: span.high)
    if exponents.count >= 3 {
      let every = (exponents.count + most - 1) / most
      let arePlain = exponents.allSatisfy { (-3...5).contains($0) }
      for exponent in exponents.map({ Int($0) }) where exponent % every == 0 {
        values.append(pow(10, Double(exponent)))
        labels.append(
          arePlain
            ? fixed(values[values.count - 1], max(0, -exponent)) : "10" + superscript(exponent))
      }
      return
    }
    let decade = pow(10, span.low.rounded(.down))
    let between = [1.0, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * decade }
      .filter { (0...1).contains(span.place($0)) }
    guard between.count >= 2 else {
      (values, labels) = Self.linear(from: pow(10, span.low), to: pow(10, span.high), most: most)
      return
    }
    values = between
    labels = Self.labels(between, step: decade)
  }

  private static func linear(
    from low: Double, to high: Double, most: Int
  ) -> (values: [Double], labels: [String]) {
    let least = (high - low) / Double(most)
    guard least > 0, least.isFinite else { return ([], []) }
    let decade = pow(10, log10(least).rounded(.down))
    let step = decade * ([1.0, 2, 5].first { $0 * decade >= least * (1 - 1e-9) } ?? 10)
    let values = multiples(of: step, from: low, to: high)
    return (values, labels(values, step: step))
  }

  private static func multiples(of step: Double, from low: Double, to high: Double) -> [Double] {
    let first = (low / step - 1e-6).rounded(.up)
    let last = (high / step + 1e-6).rounded(.down)
    guard last >= first, last - first < 1000 else { return [] }
    // Fractions are divided, so that 0.3 is 3 / 10 and not 3 * 0.1.
    let whole = step < 1 ? (1 / step).rounded() : 0
    return (0...Int(last - first)).map { place in
      let count = first + Double(place)
      return whole > 0 ? count / whole : count * step
    }
  }

  /// Returns numbers with the digits that tell them apart, from a million on or below a ten
  /// thousandth times a power of ten.
  private static func labels(_ values: [Double], step: Double) -> [String] {
    let largest = values.map(\.magnitude).max() ?? 0
    let last = Int((log10(step) + 1e-9).rounded(.down))
    guard largest > 0, largest >= 1e6 || last < -4 else {
      return values.map { fixed($0, max(0, -last)) }
    }
    let exponent = Int((log10(largest) + 1e-9).rounded(.down))
    let scale = pow(10, Double(exponent))
    return values.map { value in
      value == 0
        ? "0"
        : fixed(value / scale, min(12, max(0, exponent - last))) + "×10" + superscript(exponent)
    }
  }
}

/// Returns a number with a fixed count of digits after the point, and a true minus.
private func fixed(_ value: Double, _ decimals: Int) -> String {
  let scaled = (value.magnitude * pow(10, Double(decimals))).rounded()
  guard scaled < 1e18 else { return "\(value)" }
  var digits = "\(Int(scaled))"
  if decimals > 0 {
    digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
  }
  return value < 0 && scaled > 0 ? "−" + digits : digits
}

private func superscript(_ exponent: Int) -> String {
  let digits: [Character: Character] = [
    "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷",
    "8": "⁸", "9": "⁹",
  ]
  return String("\(exponent)".map { digits[$0] ?? $0 })
}
