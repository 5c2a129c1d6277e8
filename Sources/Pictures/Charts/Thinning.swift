extension Series {
  /// The stretches of points that are joined with each other: what the axes cannot show separates
  /// them.
  ///
  /// A series of more than twice `columns` points is cut into that many pieces, and of each only
  /// the lowest and the highest point is kept, in their order: at a piece for each pixel or two the
  /// picture is the same, and its size no longer grows with the run.
  func stretches(_ panel: Panel, columns: Int = 400) -> [[Point]] {
    let isThinned = style != .bars && style != .scatter && x.count > 2 * columns
    var stretches: [[Point]] = []
    var stretch: [Point] = []
    for piece in 0..<(isThinned ? columns : x.count) {
      let range =
        isThinned
        ? piece * x.count / columns..<(piece + 1) * x.count / columns : piece..<piece + 1
      let shown = range.filter { panel.x.shows(x[$0]) && panel.y.shows(y[$0]) }
      if let low = shown.min(by: { y[$0] < y[$1] }), let high = shown.max(by: { y[$0] < y[$1] }) {
        let kept = low == high ? [low] : [min(low, high), max(low, high)]
        stretch += kept.map { Point(x: x[$0], y: y[$0]) }
      } else if !stretch.isEmpty {
        stretches.append(stretch)
        stretch = []
      }
    }
    return stretch.isEmpty ? stretches : stretches + [stretch]
  }

  /// The lowest and the highest x of what can be shown, thinned or not; nothing where nothing can.
  func ends(_ panel: Panel) -> [Double] {
    let shown = zip(x, y).filter { panel.x.shows($0) && panel.y.shows($1) }.map(\.0)
    return [shown.min(), shown.max()].compactMap { $0 }
  }
}

/// The mean of the `window` values around each value, of those that there are near the ends; values
/// that are not finite do not count.
func movingMean(_ values: [Double], window: Int) -> [Double] {
  var sums = [0.0]
  var counts = [0]
  for value in values {
    sums.append(sums[sums.count - 1] + (value.isFinite ? value : 0))
    counts.append(counts[counts.count - 1] + (value.isFinite ? 1 : 0))
  }
  return values.indices.map { place in
    let low = max(0, place - window / 2)
    let high = min(values.count, place + (window + 1) / 2)
    let count = counts[high] - counts[low]
    return count == 0 ? .nan : (sums[high] - sums[low]) / Double(count)
  }
}

/// About a hundredth of `count`, as 1, 2 or 5 times a power of ten; 1 where there is too little to
/// smooth.
func smoothingWindow(_ count: Int) -> Int {
  var decade = 1
  while decade * 10 <= count / 100 { decade *= 10 }
  return [5, 2].first { $0 * decade <= count / 100 }.map { $0 * decade } ?? decade
}
