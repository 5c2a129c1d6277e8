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
  mutating func label(by names: [String]) {
    let different = Array(Set(names)).naturallySorted()
    let integers = different.compactMap { Int(label: $0) }
    let areIntegers = integers.count == different.count
    let classes = areIntegers ? integers : Array(different.indices)
    let numbers = Dictionary(zip(different, classes)) { first, _ in first }
    labels = names.map { numbers[$0] ?? 0 }
    classNames = areIntegers ? nil : different
  }
}
