extension Series {
  /// Returns the stretches of points that are connected; values that the axes cannot show separate
  /// them. Those of an envelope are the outlines of its areas.
  ///
  /// Of a long curve only the lowest and the highest point of each of `columns` columns of pixels
  /// are kept, in order: the picture is the same, and its size does not grow with the run.
  func stretches(_ panel: Panel, _ span: Span, columns: Int = Self.columns) -> [[Point]] {
    let isCurve = style != .bars && style != .scatter
    let isThinned =
      isCurve && x.count > 2 * columns && zip(x, x.dropFirst()).allSatisfy { $0 <= $1 }
    var stretches: [[(low: Point, high: Point)]] = [[]]
    var column = -1
    for (x, y) in zip(x, y) {
      guard panel.x.shows(x), panel.y.shows(y) else {
        // In a column of pixels that has other points a gap cannot be seen.
        if !isThinned || Self.column(x, panel, span, columns) != column { stretches.append([]) }
        continue
      }
      let point = Point(x: x, y: y)
      let here = Self.column(x, panel, span, columns)
      let last = stretches.count - 1
      if isThinned, here == column, let old = stretches[last].last {
        let place = stretches[last].count - 1
        if y < old.low.y { stretches[last][place].low = point }
        if y > old.high.y { stretches[last][place].high = point }
      } else {
        stretches[last].append((point, point))
      }
      column = here
    }
    return stretches.filter { !$0.isEmpty }.map { stretch in
      if style == .envelope { return stretch.map(\.low) + stretch.reversed().map(\.high) }
      return stretch.flatMap { low, high in
        low == high ? [low] : low.x <= high.x ? [low, high] : [high, low]
      }
    }
  }

  /// The columns of pixels of a panel, or a few less.
  static let columns = 800

  private static func column(_ x: Double, _ panel: Panel, _ span: Span, _ columns: Int) -> Int {
    guard panel.x.shows(x) else { return -1 }
    return Int(min(max(span.place(x), 0), 1) * Double(columns - 1))
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
