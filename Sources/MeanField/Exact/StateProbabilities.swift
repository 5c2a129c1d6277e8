/// p and q over the states, for a chart: in lexicographic order, w1 slowest.
package struct StateProbabilities: Sendable, Equatable {
  /// Such as "010", one digit for each variable, w1 first.
  package let states: [String]
  package let p: [Double]
  package let q: [Double]
}
