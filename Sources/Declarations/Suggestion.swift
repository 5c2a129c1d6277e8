/// "did you mean units?": the known word nearest to the one that came, if any is near.
public func suggestion(for word: String, among known: [String]) -> String? {
  nearest(to: word, among: known).map { "did you mean \"\($0)\"?" }
}

/// The known word that differs least from this one, if any is near.
public func nearest(to word: String, among known: [String]) -> String? {
  let reach = max(1, word.count / 3)
  return known.map { (distance(word.lowercased(), $0.lowercased()), $0) }
    // Of "x" nothing is left in "m".
    .filter { $0.0 <= reach && $0.0 < word.count }
    .min { $0 < $1 }?.1
}

/// "a layer", "an optimizer": a noun behind its indefinite article.
public func withArticle(_ noun: String) -> String {
  "aeiou".contains(noun.prefix(1)) ? "an \(noun)" : "a \(noun)"
}

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string
/// alignment).
private func distance(_ a: String, _ b: String) -> Int {
  let a = Array(a.utf8.prefix(64))
  let b = Array(b.utf8.prefix(64))
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
