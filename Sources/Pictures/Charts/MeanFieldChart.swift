import JSON

extension Chart {
  /// Returns a chart of a distribution beside its mean-field approximation over the states, and
  /// below it the distance of the approximation's free energy from log Z as beta grows.
  ///
  /// `states` are their names, in the order of `p` and `q`; if it is empty there is no first panel.
  /// If `beta` is empty there is no second one, and without `logPartition` no line for it; if the
  /// lines are flat, a note below the title takes its place.
  package static func meanField(
    _ title: String = "A distribution and its mean-field approximation", states: [String],
    p: [Double], q: [Double], beta: [Double] = [], freeEnergy: [Double] = [],
    logPartition: [Double] = []
  ) -> Chart {
    let places = p.indices.map(Double.init)
    let areNamed = states.count <= 64
    let distributions = Panel(
      x: Axis(areNamed ? "state w" : "state w, as a binary number", words: areNamed ? states : []),
      y: Axis("probability"),
      [
        Series("p(w)", x: places, y: p, .bars, .blue),
        Series("q(w)", x: places, y: q, .points, .vermilion),
      ])
    var curves = [Series("free energy", x: beta, y: freeEnergy, .line, .vermilion)]
    if !logPartition.isEmpty {
      curves.insert(Series("log Z", x: beta, y: logPartition, .line, .blue), at: 0)
    }
    let bound = Panel(x: Axis("beta"), y: Axis("log Z, free energy (nats)"), curves)
    // Flat lines are a sentence: an energy that is 0 or infinite does not depend on beta.
    if !states.isEmpty, curves.allSatisfy(\.isFlat) {
      let values = curves.compactMap { curve in
        curve.y.first.map { "\(curve.name) \(JSON.real(($0 * 1e4).rounded() / 1e4).line)" }
      }
      return Chart(
        title, [distributions],
        note: values.isEmpty ? "" : "At every beta: \(values.joined(separator: ", ")) nats")
    }
    return Chart(title, (states.isEmpty ? [] : [distributions]) + (beta.isEmpty ? [] : [bound]))
  }
}

extension Series {
  /// Whether all values are the same, but for rounding.
  fileprivate var isFlat: Bool {
    guard let low = y.min(), let high = y.max() else { return true }
    return high - low <= 1e-6 * max(1, low.magnitude, high.magnitude)
  }
}
