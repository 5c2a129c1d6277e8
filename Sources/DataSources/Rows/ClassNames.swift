import JSON

extension Int {
  /// The whole number that a text writes, as 7, -1, 2.0 and 1e3 do; nil for all other texts.
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
  /// The number that a text writes; nil where it is a word.
  init?(label text: String) {
    // The standard library would take "inf", "nan" and hexadecimal digits too.
    guard text.utf8.allSatisfy(ColumnReader.isNumeric), let number = Double(text) else {
      return nil
    }
    self = number
  }
}

extension Rows {
  /// Gives each row the class of its name: the whole number that it is, where all are, else its
  /// number in natural order.
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
