/// A panel that is ready to be drawn: the points to show, the ranges, and the place of the key.
struct PanelDrawing {
  /// A series with its remaining points.
  struct Trace {
    let series: Series
    let colour: Series.Colour
    let stretches: [[Point]]

    var points: [Point] { stretches.flatMap { $0 } }
  }

  let panel: Panel
  let traces: [Trace]
  var x: Span
  let y: Span
  /// The width of a bar, in the units of the x axis.
  private let barWidth: Double
  /// Whether points fill the panel, so that the key is placed beside it.
  private let isCloud: Bool

  init(_ panel: Panel) {
    self.panel = panel
    traces = panel.series.enumerated().map { place, series in
      let turn = Series.Colour.allCases[place % Series.Colour.allCases.count]
      return Trace(
        series: series, colour: series.colour ?? turn, stretches: series.stretches(panel))
    }
    let points = traces.flatMap(\.points)
    let bars = traces.filter { $0.series.style == .bars }.map(\.points)
    let steps = bars.flatMap { bars in zip(bars.dropFirst(), bars).map { ($0.x - $1.x).magnitude } }
    let step = steps.filter { $0 > 0 }.min() ?? 1
    // Gaps of less than a pixel would only shimmer.
    barWidth = steps.count > 150 ? step : step * 0.8
    let edges = bars.joined().flatMap { [$0.x - step * 0.6, $0.x + step * 0.6] }
    let ends = panel.series.flatMap { $0.ends(panel) }
    isCloud = traces.contains { $0.series.style == .scatter }
    var x = Span(
      ends + edges.filter(panel.x.shows), isLogarithmic: panel.x.isLogarithmic,
      margin: isCloud ? 0.03 : 0)
    // An axis that counts from 1 begins at 0.
    if !x.isLogarithmic, x.low > 0, x.low < x.high * 0.05 { x.low = 0 }
    self.x = x
    var y = Span(
      points.map(\.y) + (bars.isEmpty || panel.y.isLogarithmic ? [] : [0]),
      isLogarithmic: panel.y.isLogarithmic, margin: 0.06)
    // Bars begin at the axis.
    if !bars.isEmpty, !panel.y.isLogarithmic, y.low < 0, points.allSatisfy({ $0.y >= 0 }) {
      y.low = 0
    }
    self.y = y
  }

  /// The right end of the axes, as a fraction of the picture's width.
  var right: Double { isCloud && traces.contains { !$0.series.name.isEmpty } ? 0.9 : 0.975 }

  var isEmpty: Bool { traces.allSatisfy(\.stretches.isEmpty) }

  /// Returns the points as gnuplot's inline data, with a blank line between stretches.
  func data(_ place: Int) -> String {
    var data = ""
    for (number, trace) in traces.enumerated() where !trace.stretches.isEmpty {
      data += "\(Self.name(place, number)) << EOD\n"
      data += trace.stretches.map { stretch in
        stretch.map { "\($0.x) \($0.y)\n" }.joined()
      }.joined(separator: "\n")
      data += "EOD\n"
    }
    return data
  }

  /// Returns the commands that draw the panel. An unlabelled panel has the x axis of the panel
  /// below.
  func plot(_ place: Int, isLabelled: Bool) -> String {
    let logarithmic = [("x", panel.x), ("y", panel.y)].filter { $0.1.isLogarithmic }.map(\.0)
    let curves = traces.enumerated().filter { !$0.element.stretches.isEmpty }.map { number, trace in
      let name = trace.series.name
      let title = name.isEmpty ? "notitle" : "title \(quoted(name, limit: 50))"
      return "\(Self.name(place, number)) using 1:2 \(Self.style(trace)) \(title)"
    }
    return """
      unset logscale
      \(logarithmic.isEmpty ? "" : "set logscale \(logarithmic.joined())")
      set xrange \(x.range)
      set yrange \(y.range)
      set xlabel offset 0,0.2 \(quoted(isLabelled ? panel.x.label : ""))
      set ylabel \(quoted(panel.y.label))
      set format x '\(isLabelled ? "%g" : "")'
      \(tics)
      set boxwidth \(barWidth)
      set key \(isCloud ? "outside right center" : corner.rawValue) Left reverse samplen 2 spacing 1.15 opaque fillcolor rgb '#FFFFFF'
      plot \(curves.isEmpty ? "NaN notitle" : curves.joined(separator: ", "))

      """
  }

  /// The depth below the axis of words that are written upwards, in letters; 0 if they are written
  /// along it.
  var depth: Int {
    let words = panel.x.words.prefix(Self.wordLimit + 1)
    let letters = words.reduce(0) { $0 + min($1.count, Self.letterLimit) + 2 }
    guard words.count <= Self.wordLimit, letters > 90 else { return 0 }
    return words.map { min($0.count, Self.letterLimit) }.max() ?? 0
  }

  private static let wordLimit = 64
  private static let letterLimit = 12

  /// Words if there is room for them, otherwise numbers.
  private var tics: String {
    let words = panel.x.words
    guard !words.isEmpty, words.count <= Self.wordLimit else {
      return "set xtics norotate autofreq"
    }
    let marks = words.enumerated().map { place, word in
      // The label of a mark is a format, so percent signs are doubled.
      let format = word.prefix(Self.letterLimit).split(
        separator: "%", omittingEmptySubsequences: false)
      return "\(quoted(format.joined(separator: "%%"))) \(place)"
    }
    let rotation = depth == 0 ? "norotate" : "rotate by 90 right"
    return "set xtics \(rotation) (\(marks.joined(separator: ", ")))"
  }

  private static func name(_ panel: Int, _ number: Int) -> String { "$panel\(panel)_\(number)" }

  private static func style(_ trace: Trace) -> String {
    let colour = "linecolor rgb '#\(trace.colour.rawValue)'"
    let isSparse = trace.points.count <= 50
    return switch trace.series.style {
    case .line where isSparse: "with linespoints linewidth 1.6 pointtype 7 pointsize 0.5 \(colour)"
    case .line: "with lines linewidth 2 \(colour)"
    // The two digits before the colour are its transparency.
    case .thinLine: "with lines linewidth 0.7 linecolor rgb '#90\(trace.colour.rawValue)'"
    case .dashedLine: "with lines linewidth 1.4 dashtype (8,5) \(colour)"
    case .scatter: "with points pointtype 7 pointsize 0.5 \(colour)"
    case .points: "with points pointtype 7 pointsize \(isSparse ? 0.7 : 0.5) \(colour)"
    case .steps: "with histeps linewidth 1.6 \(colour)"
    case .bars: "with boxes \(colour)"
    }
  }
}

extension PanelDrawing {
  /// The possible places of the key, the usual one first.
  enum Corner: String, CaseIterable {
    case topRight = "top right"
    case topLeft = "top left"
    case bottomRight = "bottom right"
    case bottomLeft = "bottom left"
    case centreRight = "center right"
    case centreLeft = "center left"
  }

  /// The place with the fewest points, preferably a corner; bars fill everything below them.
  var corner: Corner {
    var counts: [Corner: Int] = [:]
    for trace in traces {
      for point in trace.points {
        let isRight = x.place(point.x) > 0.6
        guard isRight || x.place(point.x) < 0.4 else { continue }
        let height = y.place(point.y)
        let isBar = trace.series.style == .bars
        if height > 0.7 { counts[isRight ? .topRight : .topLeft, default: 0] += 1 }
        if height > 0.35, isBar || height < 0.65 {
          counts[isRight ? .centreRight : .centreLeft, default: 0] += 1
        }
        if height < 0.3 || isBar {
          counts[isRight ? .bottomRight : .bottomLeft, default: 0] += 1
        }
      }
    }
    let fewest = Corner.allCases.map { counts[$0, default: 0] }.min()
    return Corner.allCases.first { counts[$0, default: 0] == fewest } ?? .topRight
  }
}
