import JSON
import Pictures

extension SweepTable {
  /// More groups could not be told apart and are drawn as one.
  private static let mostGroups = 10

  /// Returns a chart of a figure over the first axis with several values: a point for each run, and
  /// a line through their means for each combination of the other axes, seeds aside. Nil if there
  /// is nothing to compare.
  func chart(_ column: String) -> Chart? {
    let shown = rows.filter { $0[column] != nil }
    let several = axes.indices.first { axis in Set(shown.map { $0.run.word(axis) }).count > 1 }
    guard let axis = several else { return nil }
    let numbers = shown.compactMap { $0.run.values[axis].double }
    let words = numbers.count == shown.count ? [] : Self.inOrder(shown.map { $0.run.word(axis) })
    let x =
      words.isEmpty
      ? numbers : shown.map { Double(words.firstIndex(of: $0.run.word(axis)) ?? 0) }
    let y = shown.map { $0[column] ?? .nan }
    let (least, most) = (x.min() ?? 0, x.max() ?? 0)

    var groups = shown.map { group(of: $0, besides: axis) }
    var names = Self.inOrder(groups)
    if names.count > Self.mostGroups {
      names = [""]
      groups = shown.map { _ in "" }
    }
    var series: [Series] = []
    for (name, colour) in zip(names, Series.Colour.allCases) {
      let places = shown.indices.filter { groups[$0] == name }
      series.append(Series("", x: places.map { x[$0] }, y: places.map { y[$0] }, .points, colour))
      let ends = Set(places.map { x[$0] }).sorted()
      guard ends.count > 1, words.isEmpty else { continue }
      let means = ends.map { end in
        let here = places.filter { x[$0] == end }
        return here.reduce(0) { $0 + y[$1] } / Double(here.count)
      }
      series.append(Series(name, x: ends, y: means, .line, colour))
    }
    return Chart(
      "\(column) of \(shown.count) runs",
      [
        Panel(
          x: Axis(
            axes[axis], isLogarithmic: words.isEmpty && least > 0 && most / least >= 30,
            words: words),
          y: Axis(Self.label(column)), series)
      ])
  }

  /// The other axes' values in words, seeds aside.
  private func group(of row: Row, besides axis: Int) -> String {
    axes.indices.filter { $0 != axis && Self.last(axes[$0]) != "seed" }
      .map { "\(Self.last(axes[$0])) \(row.run.word($0))" }.joined(separator: ", ")
  }

  private static func inOrder(_ words: [String]) -> [String] {
    var known: Set<String> = []
    return words.filter { known.insert($0).inserted }
  }

  /// The figure with its unit, if its description names one.
  private static func label(_ column: String) -> String {
    let parts = column.split(separator: ".")
    let method = String(parts.prefix(2).joined(separator: ".").prefix { $0 != "#" })
    let reply = served.first { $0.name == method }?.reply.json
    let words = reply?["properties"]?[last(column)]?["description"]?.text ?? ""
    return words.includes("in nats") ? "\(column) (nats)" : column
  }
}
