/// p and q over the states, for a chart: in lexicographic order, w1 slowest.
public struct StateProbabilities: Sendable, Equatable {
  /// Such as "010", one digit for each variable, w1 first.
  public let states: [String]
  public let p: [Double]
  public let q: [Double]
}
