import JSON

/// Returns "did you mean units?" with the known word nearest to `word`, if any is near.
package func suggestion(for word: String, among known: [String]) -> String? {
  nearest(to: word, among: known).map { "did you mean \"\($0)\"?" }
}

/// Returns the known word that differs least from `word`, if any is near.
package func nearest(to word: String, among known: [String]) -> String? {
  let reach = max(1, word.count / 3)
  return known.map { (distance(word.lowercased(), $0.lowercased()), $0) }
    // Words that differ in every letter are not near: "x" is not "m".
    .filter { $0.0 <= reach && $0.0 < word.count }
    .min { $0 < $1 }?.1
}

/// Returns a noun with its indefinite article: "a layer", "an optimizer".
package func withArticle(_ noun: String) -> String {
  "aeiou".includes(noun.prefix(1)) ? "an \(noun)" : "a \(noun)"
}

/// Returns the number of insertions, deletions, replacements and swaps of neighbours between two
/// words (optimal string alignment).
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
