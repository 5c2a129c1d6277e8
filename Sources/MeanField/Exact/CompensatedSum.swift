/// A sum that compensates rounding errors (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur
/// Summation endlicher Summen", 1974).
///
/// The error does not grow with the number of terms: sums over a million states are as exact as
/// sums over ten.
struct CompensatedSum {
  private var sum = 0.0
  private var lost = 0.0

  mutating func add(_ term: Double) {
    let next = sum + term
    lost += sum.magnitude >= term.magnitude ? (sum - next) + term : (term - next) + sum
    sum = next
  }

  var value: Double { sum + lost }
}

extension Sequence where Element == Double {
  /// The sum, with compensation.
  var compensatedSum: Double {
    var sum = CompensatedSum()
    for term in self { sum.add(term) }
    return sum.value
  }
}
