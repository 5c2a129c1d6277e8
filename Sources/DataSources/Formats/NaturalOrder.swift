/// The order in which people list names: digits count as numbers, so that `img2` comes before
/// `img10`.
enum NaturalOrder {
  static func areIncreasing(_ a: String, _ b: String) -> Bool {
    let (left, right) = (Array(a.utf8), Array(b.utf8))
    var (i, j) = (0, 0)
    while i < left.count, j < right.count {
      if isDigit(left[i]), isDigit(right[j]) {
        let (first, second) = (digits(left, &i), digits(right, &j))
        if first.count != second.count { return first.count < second.count }
        if first != second { return first.lexicographicallyPrecedes(second) }
      } else {
        if left[i] != right[j] { return left[i] < right[j] }
        i += 1
        j += 1
      }
    }
    let (restOfLeft, restOfRight) = (left.count - i, right.count - j)
    // `7` and `07` are the same number but different names.
    return restOfLeft == restOfRight
      ? left.lexicographicallyPrecedes(right) : restOfLeft < restOfRight
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Returns the digits from `position` on without leading zeros, and moves past them.
  private static func digits(_ text: [UInt8], _ position: inout Int) -> ArraySlice<UInt8> {
    let all = text[position...].prefix(while: isDigit)
    position = all.endIndex
    return all.drop { $0 == 0x30 }
  }
}

extension [String] {
  /// Returns the texts in natural order; in numerical order if all are integers.
  func naturallySorted() -> [String] {
    let integers = compactMap { Int($0) }
    guard integers.count == count else { return sorted(by: NaturalOrder.areIncreasing) }
    return zip(integers, self).sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1)
  }
}
