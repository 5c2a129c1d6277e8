import JSON

extension Int {
  /// The integer that a text denotes, as 7, -1, 2.0 and 1e3 do; nil for all other texts.
  init?(label text: String) {
    if let whole = Int(text) {
      self = whole
    } else if let number = Double(label: text), let whole = Int(exactly: number) {
      self = whole
    } else {
      return nil
    }
  }
}

extension Double {
  /// The number that a text denotes; nil for a word.
  init?(label text: String) {
    // The standard library would accept "inf", "nan" and hexadecimal digits too.
    guard text.utf8.allSatisfy(NumberForm.isNumeric), let number = Double(text) else {
      return nil
    }
    self = number
  }
}

extension Rows {
  /// Gives each row the class of its name: the integer that the name denotes, if all names do, else
  /// the name's number in natural order.
  mutating func label(by names: [String]) { (labels, classNames) = Self.classes(of: names) }

  /// Returns the class of each name, and the names of the classes unless all denote integers.
  static func classes(of names: [String]) -> (labels: [Int], names: [String]?) {
    let different = Array(Set(names)).naturallySorted()
    let numbers = Dictionary(zip(different, different.indices)) { first, _ in first }
    return classes(of: names.map { numbers[$0] ?? 0 }, among: different)
  }

  /// Does the same for numbers of names, which are in a given order.
  static func classes(
    of codes: [Int], among names: [String]
  ) -> (labels: [Int], names: [String]?) {
    let integers = names.compactMap { Int(label: $0) }
    guard integers.count == names.count else { return (codes, names) }
    return (codes.map { integers[$0] }, nil)
  }
}
