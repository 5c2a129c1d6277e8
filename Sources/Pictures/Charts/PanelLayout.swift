import JSON

/// A panel that is ready to be drawn: the points to show and the ranges of the axes.
struct PanelLayout {
  /// A series with its remaining points.
  struct Trace {
    let series: Series
    let colour: Series.Colour
    let stretches: [[Point]]

    /// Whether points on a line can be told apart.
    var isSparse: Bool { stretches.reduce(0) { $0 + $1.count } <= 80 }
  }

  let panel: Panel
  let x: Span
  let y: Span
  let traces: [Trace]
  /// The width of a bar, in the units of the x axis.
  let barWidth: Double

  /// `x` is the range of the x axis; the panel's own if nil.
  init(_ panel: Panel, x shared: Span? = nil) {
    self.panel = panel
    let bars = panel.series.filter { $0.style == .bars }
    let step = Self.step(bars)
    // Gaps of less than a pixel would only shimmer.
    barWidth = bars.contains { $0.x.count > 150 } ? step : step * 0.8
    let x = shared ?? Self.range(panel)
    self.x = x
    traces = panel.series.enumerated().map { place, series in
      let turn = Series.Colour.allCases[place % Series.Colour.allCases.count]
      return Trace(
        series: series, colour: series.colour ?? turn, stretches: series.stretches(panel, x))
    }
    let points = traces.flatMap { $0.stretches.flatMap { $0.map(\.y) } }
    var y = Span(
      points + (bars.isEmpty || panel.y.isLogarithmic ? [] : [0]),
      isLogarithmic: panel.y.isLogarithmic, margin: 0.06)
    // Bars begin at the axis.
    if !bars.isEmpty, !panel.y.isLogarithmic, y.low < 0, points.allSatisfy({ $0 >= 0 }) {
      y.low = 0
    }
    self.y = y
  }

  var isEmpty: Bool { traces.allSatisfy(\.stretches.isEmpty) }

  /// The range of the panel's own x axis.
  static func range(_ panel: Panel) -> Span {
    let bars = panel.series.filter { $0.style == .bars }
    let step = step(bars)
    let edges = bars.flatMap { $0.ends(panel) }.flatMap { [$0 - step * 0.6, $0 + step * 0.6] }
    let isCloud = panel.series.contains { $0.style == .scatter }
    var x = Span(
      panel.series.flatMap { $0.ends(panel) } + edges.filter(panel.x.shows),
      isLogarithmic: panel.x.isLogarithmic, margin: isCloud ? 0.03 : 0)
    // An axis that counts from 1 begins at 0.
    if !x.isLogarithmic, x.low > 0, x.low < x.high * 0.05 { x.low = 0 }
    return x
  }

  /// The least distance of two bars.
  private static func step(_ bars: [Series]) -> Double {
    bars.flatMap { zip($0.x.dropFirst(), $0.x).map { ($0 - $1).magnitude } }
      .filter { $0 > 0 }.min() ?? 1
  }
}

extension Chart {
  /// Returns the panels with their ranges. Throws `wrongState` if there is no value to draw.
  func layouts() throws(Fault) -> [PanelLayout] {
    let shared = sharesX ? Span.union(panels.map(PanelLayout.range)) : nil
    let layouts = panels.map { PanelLayout($0, x: shared) }
    guard layouts.contains(where: { !$0.isEmpty }) else {
      throw Fault(
        .wrongState, "nothing to draw: \(JSON.string(title).excerpt) has no finite value",
        expected: "at least one finite value")
    }
    return layouts
  }

  /// Whether a panel has words below its x axis.
  func isLabelled(_ panel: Int) -> Bool { !sharesX || panel == panels.count - 1 }
}
