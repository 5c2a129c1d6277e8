import JSON

/// Compares a derivative with central differences, (f(h) - f(-h)) / 2h, extrapolated from h and h /
/// 2, at steps that become shorter until one of them agrees.
///
/// Near a kink no step shows the derivative. A kink is recognised in two ways: the differences of h
/// and h / 2 disagree, or the slopes of the two sides differ by an amount that does not halve with
/// h.
package struct CentralDifferences {
  package enum Verdict: Equatable {
    case agrees
    /// No step without a kink gives this derivative; the value is that of the first such step.
    case differs(Double)
    /// Every step crosses a kink.
    case kinked
  }

  private let steps: [Float]
  private let allowed: Double
  private let rounding: Double

  /// Tolerates an error of `allowed` in the derivative, and one of `rounding` in each value of the
  /// function.
  package init(steps: [Float], allowed: Double, rounding: Double) {
    (self.steps, self.allowed, self.rounding) = (steps, allowed, rounding)
  }

  /// Returns whether `derivative` is that of `function` at 0.
  package func verdict(
    _ derivative: Double, of function: (Float) throws(Fault) -> Double
  ) throws(Fault) -> Verdict {
    let center = try function(0)
    var first: Double?
    for step in steps {
      let wide = Sides(center, try function(-step), try function(step), step)
      let narrow = Sides(center, try function(-step / 2), try function(step / 2), step / 2)
      let tolerance = allowed + 3 * rounding / Double(step)
      guard (wide.slope - narrow.slope).magnitude <= tolerance,
        (wide.bend - 2 * narrow.bend).magnitude <= 2 * tolerance
      else { continue }
      let expected = (4 * narrow.slope - wide.slope) / 3
      if (derivative - expected).magnitude <= tolerance { return .agrees }
      first = first ?? expected
    }
    return first.map { .differs($0) } ?? .kinked
  }

  /// The mean of the slopes on both sides, and their difference.
  private struct Sides {
    let slope: Double
    let bend: Double

    init(_ center: Double, _ below: Double, _ above: Double, _ step: Float) {
      slope = (above - below) / (2 * Double(step))
      bend = (above - 2 * center + below) / Double(step)
    }
  }
}
