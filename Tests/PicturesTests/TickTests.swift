import Testing

@testable import Pictures

@Suite struct TickMarks {
  @Test(arguments: [
    (0.0, 10_000.0, 8, ["0", "2000", "4000", "6000", "8000", "10000"]),
    (0, 1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (-103.2, -58.7, 5, ["−100", "−90", "−80", "−70", "−60"]),
    (-1, 1, 4, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
    (0.00001, 0.00005, 4, ["1×10⁻⁵", "2×10⁻⁵", "3×10⁻⁵", "4×10⁻⁵", "5×10⁻⁵"]),
    (0, 3e6, 3, ["0", "1×10⁶", "2×10⁶", "3×10⁶"]),
    (
      5_000_000, 5_000_004, 4,
      ["5.000000×10⁶", "5.000001×10⁶", "5.000002×10⁶", "5.000003×10⁶", "5.000004×10⁶"]
    ),
    (-1e99, 1e99, 2, ["−1×10⁹⁹", "0", "1×10⁹⁹"]),
  ])
  func areRoundNumbers(low: Double, high: Double, most: Int, labels: [String]) {
    var span = Span([])
    (span.low, span.high) = (low, high)
    let ticks = Ticks(span, most: most)
    #expect(ticks.labels == labels)
    #expect(ticks.values.count == labels.count)
    #expect(ticks.values.allSatisfy { (-0.001...1.001).contains(span.place($0)) })
  }

  @Test(arguments: [
    ([1.0, 1000], 9, ["1", "10", "100", "1000"]),
    ([0.005, 20], 9, ["0.01", "0.1", "1", "10"]),
    ([1e-8, 1e8], 5, ["10⁻⁸", "10⁻⁴", "10⁰", "10⁴", "10⁸"]),
    // Fewer than three powers of ten: 1, 2 and 5 times each.
    ([3, 60], 9, ["5", "10", "20", "50"]),
    ([3, 300], 9, ["5", "10", "20", "50", "100", "200"]),
    ([0.15, 0.6], 9, ["0.2", "0.5"]),
    // Fewer than two of those: as on a linear axis.
    ([210, 240], 3, ["210", "220", "230", "240"]),
  ])
  func arePowersOnALogarithmicAxis(ends: [Double], most: Int, labels: [String]) {
    let ticks = Ticks(Span(ends, isLogarithmic: true), most: most)
    #expect(ticks.labels == labels)
    #expect(ticks.values.count == labels.count)
  }

  @Test func areNoneWhereThereIsNoLength() {
    var span = Span([])
    (span.low, span.high) = (1, 1)
    #expect(Ticks(span, most: 5).values.isEmpty)
    (span.low, span.high) = (0, .infinity)
    #expect(Ticks(span, most: 5).values.isEmpty)
  }

  /// However narrow or far away the range is, there are at least two marks, and not many more than
  /// asked for, all different.
  @Test func areEnoughEverywhere() {
    for exponent in stride(from: -290.0, through: 99, by: 7) {
      for (low, high) in [(0.0, 1.0), (-3.3, 7.1), (9.1, 9.7), (123.4, 123.9)] {
        let scale = pow10(exponent)
        let ticks = Ticks(Span([low * scale, high * scale]), most: 6)
        #expect((2...14).contains(ticks.values.count), "\(low) \(high) \(exponent)")
        #expect(Set(ticks.labels).count == ticks.labels.count, "\(ticks.labels)")
      }
    }
  }
}

private func pow10(_ exponent: Double) -> Double {
  Double("1e\(Int(exponent))") ?? 1
}
