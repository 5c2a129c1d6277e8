/// A function over {0, 1}^N as a table, and its mean under independent variables by folding.
///
/// Folding the slowest variable, t'(w2 …) = (1 - q1) t(0, w2 …) + q1 t(1, w2 …), halves the table:
/// a mean costs O(2^N) in all, and so do the N conditional means of one sweep, since each needs
/// only the variables that are not settled yet.
struct Folding: Sendable {
  let values: [Double]
  /// Whether values are masses: zero or more, whose positive means must not underflow to zero.
  let isMass: Bool

  init(_ values: [Double], isMass: Bool) {
    self.values = values
    self.isMass = isMass
  }

  func mean(under q: [Double]) -> Double {
    guard values.count > 1 else { return values[0] }
    var work = [Double](repeating: 0, count: values.count / 2)
    return values.withUnsafeBufferPointer { values in
      work.withUnsafeMutableBufferPointer { work in mean(of: values, q[...], work) }
    }
  }

  /// Returns the mean of a table of q.count variables, using `work` of half its size.
  private func mean(
    of table: UnsafeBufferPointer<Double>, _ q: ArraySlice<Double>,
    _ work: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    guard let first = q.first else { return table[0] }
    fold(table, first, into: work)
    var count = table.count / 2
    for q in q.dropFirst() {
      fold(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(work)[..<count]), q, into: work)
      count /= 2
    }
    return work[0]
  }

  /// Removes one variable; `out` may be the front of `table` itself.
  private func fold(
    _ table: UnsafeBufferPointer<Double>, _ q: Double, into out: UnsafeMutableBufferPointer<Double>
  ) {
    let half = table.count / 2
    if isMass {
      for k in 0..<half { out[k] = product(1 - q, table[k]) + product(q, table[k + half]) }
    } else {
      for k in 0..<half { out[k] = (1 - q) * table[k] + q * table[k + half] }
    }
  }

  /// A walk over the variables in order, with the earlier ones settled at their new q.
  struct Pass {
    private let folding: Folding
    private var rest: [Double]
    private var work: [Double]

    init(_ folding: Folding) {
      self.folding = folding
      rest = folding.values
      work = [Double](repeating: 0, count: max(1, folding.values.count / 4))
    }

    /// Returns the means given that the next variable, number i, is zero and one.
    mutating func means(under q: [Double], from i: Int) -> (zero: Double, one: Double) {
      let half = rest.count / 2
      let later = q[(i + 1)...]
      return rest.withUnsafeBufferPointer { rest in
        work.withUnsafeMutableBufferPointer { work in
          (
            folding.mean(of: UnsafeBufferPointer(rebasing: rest[..<half]), later, work),
            folding.mean(of: UnsafeBufferPointer(rebasing: rest[half...]), later, work)
          )
        }
      }
    }

    /// Folds the next variable at its new q.
    mutating func settle(_ q: Double) {
      let half = rest.count / 2
      rest.withUnsafeMutableBufferPointer { rest in
        folding.fold(UnsafeBufferPointer(rest), q, into: rest)
      }
      rest.removeLast(half)
    }
  }
}
