import Declarations
import Files
import JSON

/// The words of a column that is not part of the rows.
package struct WordColumn: Sendable, Equatable {
  /// The different words, in the order of their first rows.
  package let words: [String]
  /// The number of each row's word.
  package var places: [Int]
}

extension Split {
  /// Returns the parts that the column `by` names: its words are roles, or all of them are whole
  /// numbers of folds. Throws `params` for other words, and where a part would be missing.
  func named(_ by: String, _ rows: Rows) throws(Fault) -> [DataSet.Subset] {
    guard let column = rows.aside else {
      throw Fault(
        .params, "the rows have no column beside them", path: "by",
        expected: "rows that were loaded with their column", got: "other rows",
        hint: "give the sizes of the splits")
    }
    guard column.places.count == rows.count else {
      throw .misfit(
        expected: "\(rows.count) words, one for each row", got: .int(column.places.count), at: "by")
    }
    let present = Set(column.places)
    let words = column.words.enumerated().filter { present.contains($0.offset) }
    let given = self.words?.members ?? []
    if given.isEmpty {
      let numbers = words.compactMap { Int(label: $0.element) }
      if numbers.count == words.count { return try folds(numbers, words.map(\.offset), column) }
    }
    var roles = [Role?](repeating: nil, count: column.words.count)
    for (place, word) in words {
      let named = given.first { $0.name == word }?.value
      guard let role = named ?? Role(rawValue: word) else { throw unknown(word) }
      roles[place] = role
    }
    try Memory.require(Size(column.places.count) * 8, for: "the splits of \(rows.count) rows")
    var parts: [Role: [UInt32]] = [:]
    for (row, place) in column.places.enumerated() {
      if let role = roles[place] { parts[role, default: []].append(UInt32(row)) }
    }
    guard parts[.train] != nil else {
      throw Fault(
        .params, "no row is in the split \"train\"", path: "by",
        expected: "a word for train in column \(JSON.string(by).excerpt)",
        got: words.map { JSON.string($0.element).excerpt }.prefix(8).joined(separator: ", "),
        hint: "\"words\" says which word stands for \"train\"")
    }
    return Role.allCases.compactMap { role in
      parts[role].map { DataSet.Subset(name: role.rawValue, rows: $0) }
    }
  }

  /// Returns the folds of these numbers, which belong to the words at `places`.
  private func folds(
    _ numbers: [Int], _ places: [Int], _ column: WordColumn
  ) throws(Fault) -> [DataSet.Subset] {
    let different = Set(numbers).sorted()
    let least = different.first ?? 0
    guard least >= 0, (2...Folds.most).contains(different.count) else {
      let got = "\(different.count) different, the least \(least)"
      throw .misfit(
        expected: "2 to \(Folds.most) different whole numbers from 0 in the column of the folds",
        got: got, at: "by")
    }
    let ranks = Dictionary(zip(different, different.indices)) { first, _ in first }
    var folds = [Int](repeating: 0, count: column.words.count)
    for (number, place) in zip(numbers, places) { folds[place] = ranks[number] ?? 0 }
    return try Folds.parts(column.places.map { folds[$0] }, different)
  }

  private func unknown(_ word: String) -> Fault {
    let shown = JSON.string(word).excerpt
    return Fault(
      .params, "the column says \(shown), which is no split", path: "by",
      expected: "train, validation or test, or whole numbers in all rows", got: shown,
      hint: suggestion(for: word, among: Role.allCases.map(\.rawValue))
        ?? "\"words\": {\(shown): \"validation\"} says what it stands for")
  }
}
