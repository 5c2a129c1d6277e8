import JSON

/// A panel in marks, in a place of its drawing.
struct PanelMarks {
  let layout: PanelLayout
  /// The rectangle between the axes.
  let box: Box
  /// The marks of the y axis.
  let ticks: Ticks
  let font: Font

  private var bottom: Double { box.y + box.height }
  private func x(_ value: Double) -> Double { box.x + layout.x.place(value) * box.width }
  private func y(_ value: Double) -> Double { bottom - layout.y.place(value) * box.height }

  /// Returns both axes with a grid, and the height of what is below the panel. Without labels only
  /// the marks of the x axis are drawn: the numbers stand below the next panel.
  func axes(isLabelled: Bool) throws(Fault) -> (marks: [Mark], foot: Double) {
    let panel = layout.panel
    var marks: [Mark] = []
    for (value, label) in zip(ticks.values, ticks.labels) {
      let y = y(value)
      marks.append(rule(box.x, y, box.x + box.width, y, .grid))
      marks.append(
        .words(
          Words(text: label, place: Point(x: box.x - 8, y: y + 4.5), anchor: .end, size: 12)))
    }
    let (below, depth) = try abscissa(isLabelled: isLabelled)
    marks += below
    marks.append(rule(box.x, bottom, box.x + box.width, bottom, .axis))
    marks.append(rule(box.x, box.y, box.x, bottom, .axis))
    let name = try font.fitted(legible(panel.y.label), 13, to: box.height)
    marks.append(
      .words(
        Words(
          text: name, place: Point(x: 20, y: box.y + box.height / 2), anchor: .middle,
          isUpright: true)))
    guard isLabelled else { return (marks, depth + 10) }
    let label = try font.fitted(legible(panel.x.label), 13, to: box.width)
    marks.append(
      .words(
        Words(
          text: label, place: Point(x: box.x + box.width / 2, y: bottom + depth + 20),
          anchor: .middle)))
    return (marks, depth + 34)
  }

  /// The marks of the x axis, with words or numbers below it.
  private func abscissa(isLabelled: Bool) throws(Fault) -> (marks: [Mark], depth: Double) {
    let words = layout.panel.x.words
    if !words.isEmpty, words.count <= Axis.wordLimit {
      let words = words.map { legible($0, limit: Axis.letterLimit) }
      let widest = try font.widest(words, 12)
      let isUpright = (widest + 8) * Double(words.count) > box.width
      let marks = words.enumerated().map { place, word in
        let x = x(Double(place))
        return Mark.words(
          Words(
            text: word,
            place: isUpright ? Point(x: x + 4.5, y: bottom + 8) : Point(x: x, y: bottom + 18),
            anchor: isUpright ? .end : .middle, size: 12, isUpright: isUpright))
      }
      return (marks, isUpright ? widest + 10 : 22)
    }
    var ticks = Ticks(layout.x, most: Int(box.width / 90))
    let widest = try font.widest(ticks.labels, 12)
    if widest > 74 { ticks = Ticks(layout.x, most: Int(box.width / (widest + 16))) }
    var marks: [Mark] = []
    for (value, label) in zip(ticks.values, ticks.labels) {
      let x = x(value)
      marks.append(rule(x, box.y, x, bottom, .grid))
      marks.append(rule(x, bottom, x, bottom + 4, .axis))
      guard isLabelled else { continue }
      // The last number ends before the picture does.
      let end = box.x + box.width + 20 - (try font.width(label, 12)) / 2
      marks.append(
        .words(
          Words(
            text: label, place: Point(x: min(x, end), y: bottom + 18), anchor: .middle, size: 12)))
    }
    return (marks, isLabelled ? 22 : 4)
  }

  private func rule(_ x: Double, _ y: Double, _ toX: Double, _ toY: Double, _ ink: Ink) -> Mark {
    // Through the middle of pixels, so that the line is sharp.
    func snap(_ value: Double) -> Double { value.rounded(.down) + 0.5 }
    return .line(
      [Point(x: snap(x), y: snap(y)), Point(x: snap(toX), y: snap(toY))], Pen(ink: ink))
  }

  /// Each series in a group with its name and the number of its values.
  var series: [Mark] {
    guard !layout.isEmpty else {
      let centre = Point(x: box.x + box.width / 2, y: box.y + box.height / 2)
      return [.words(Words(text: "no finite value", place: centre, anchor: .middle, ink: .axis))]
    }
    return layout.traces.filter { !$0.stretches.isEmpty }.map { trace in
      let series = trace.series
      let count = zip(series.x, series.y).count {
        layout.panel.x.shows($0) && layout.panel.y.shows($1)
      }
      let name = series.name.isEmpty ? layout.panel.y.label : series.name
      let stretches = trace.stretches.map { $0.map { Point(x: x($0.x), y: y($0.y)) } }
      let title = "\(name) (\(count) \(count == 1 ? "value" : "values"))"
      return .group(title, trace.marks(stretches, barWidth: layout.barWidth * scale, bottom))
    }
  }

  /// Pixels to a unit of a linear x axis.
  private var scale: Double { box.width / (layout.x.high - layout.x.low) }
}

extension PanelLayout.Trace {
  private var ink: Ink { Ink(UInt32(colour.rawValue, radix: 16) ?? 0) }

  /// Returns the marks of stretches of points in pixels; bars stand on the pixel line `bottom`.
  func marks(_ stretches: [[Point]], barWidth: Double, _ bottom: Double) -> [Mark] {
    let points = stretches.flatMap { $0 }
    let wide = max(barWidth, 1)
    return switch series.style {
    case .line:
      lines(stretches, 2) + (isSparse ? [.dots(points, radius: 2.7, ink)] : dots(stretches))
    case .dashedLine: lines(stretches, 1.6, [8, 4]) + dots(stretches)
    case .thinLine:
      stretches.map { .line($0, Pen(ink: ink.faint)) } + dots(stretches, ink.faint)
    case .envelope:
      // The outline shows what is narrower than a pixel.
      stretches.flatMap { outline in
        [
          .area(outline, ink.faint),
          .line(outline + outline.prefix(1), Pen(ink: ink.faint, width: 0.7)),
        ]
      }
    case .points: [.dots(points, radius: isSparse ? 4.5 : 2, ink)]
    case .scatter: [.dots(points, radius: points.count > 1000 ? 2 : 2.5, ink)]
    case .bars:
      [
        .boxes(
          points.map {
            Box(x: $0.x - wide / 2, y: $0.y, width: wide, height: bottom - $0.y)
          }, ink)
      ]
    }
  }

  /// A sample of the marks for the key, 24 pixels wide, with its middle at the height of `place`.
  func sample(at place: Point) -> [Mark] {
    let ends = [place, Point(x: place.x + 24, y: place.y)]
    let middle = Point(x: place.x + 12, y: place.y)
    return switch series.style {
    case .line: lines([ends], 2) + (isSparse ? [.dots([middle], radius: 2.7, ink)] : [])
    case .dashedLine: lines([ends], 1.6, [8, 4])
    case .thinLine: [.line(ends, Pen(ink: ink.faint, width: 1.5))]
    case .envelope, .bars:
      [
        .boxes(
          [Box(x: place.x, y: place.y - 5, width: 24, height: 10)],
          series.style == .bars ? ink : ink.faint)
      ]
    case .points, .scatter: [.dots([middle], radius: 4.5, ink)]
    }
  }

  private func lines(_ stretches: [[Point]], _ width: Double, _ dashes: [Double] = []) -> [Mark] {
    stretches.map { .line($0, Pen(ink: ink, width: width, dashes: dashes)) }
  }

  /// Points that no line joins to others.
  private func dots(_ stretches: [[Point]], _ ink: Ink? = nil) -> [Mark] {
    let lonely = stretches.filter { $0.count == 1 }.flatMap { $0 }
    return lonely.isEmpty ? [] : [.dots(lonely, radius: 1.5, ink ?? self.ink)]
  }
}
