extension Series {
  /// Returns the stretches of points that are connected; values that the axes cannot show separate
  /// them.
  ///
  /// A series of more than twice `columns` points is divided into `columns` pieces, of which only
  /// the lowest and the highest point are kept, in order: with a piece for every pixel or two the
  /// picture is the same, and its size does not grow with the run.
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

  /// Returns the lowest and the highest x that can be shown, whether thinned or not; empty if there
  /// is none.
  func ends(_ panel: Panel) -> [Double] {
    let shown = zip(x, y).filter { panel.x.shows($0) && panel.y.shows($1) }.map(\.0)
    return [shown.min(), shown.max()].compactMap { $0 }
  }
}

/// Returns the mean of the `window` values around each value, or of the existing ones near the
/// ends; values that are not finite are ignored.
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

/// Returns about a hundredth of `count`, as 1, 2 or 5 times a power of ten; 1 if there are too few
/// values to smooth.
func smoothingWindow(_ count: Int) -> Int {
  var decade = 1
  while decade * 10 <= count / 100 { decade *= 10 }
  return [5, 2].first { $0 * decade <= count / 100 }.map { $0 * decade } ?? decade
}
