/// A panel in gnuplot's language.
struct PanelScript {
  let layout: PanelLayout
  let place: Int

  /// The right end of the axes, as a fraction of the picture's width.
  var right: Double { isCloud && traces.contains { !$0.series.name.isEmpty } ? 0.9 : 0.975 }

  private var traces: [PanelLayout.Trace] { layout.traces }
  /// Whether points fill the panel, so that the key is placed beside it.
  private var isCloud: Bool { traces.contains { $0.series.style == .scatter } }

  /// The points as inline data, with a blank line between stretches.
  var data: String {
    var data = ""
    for (number, trace) in traces.enumerated() where !trace.stretches.isEmpty {
      data += "\(name(number)) << EOD\n"
      data += trace.stretches.map { stretch in
        stretch.map { "\($0.x) \($0.y)\n" }.joined()
      }.joined(separator: "\n")
      data += "EOD\n"
    }
    return data
  }

  /// Returns the commands that draw the panel. An unlabelled panel has the x axis of the panel
  /// below.
  func plot(isLabelled: Bool) -> String {
    let panel = layout.panel
    let logarithmic = [("x", panel.x), ("y", panel.y)].filter { $0.1.isLogarithmic }.map(\.0)
    let curves = traces.enumerated().filter { !$0.element.stretches.isEmpty }.map { number, trace in
      let title = trace.series.name
      return "\(name(number)) using 1:2 \(Self.style(trace)) "
        + (title.isEmpty ? "notitle" : "title \(quoted(title, limit: 50))")
    }
    return """
      unset logscale
      \(logarithmic.isEmpty ? "" : "set logscale \(logarithmic.joined())")
      set xrange \(layout.x.range)
      set yrange \(layout.y.range)
      set xlabel offset 0,0.2 \(quoted(isLabelled ? panel.x.label : ""))
      set ylabel \(quoted(panel.y.label))
      set format x '\(isLabelled ? "%g" : "")'
      \(tics)
      set boxwidth \(layout.barWidth)
      set key \(isCloud ? "outside right center" : corner.rawValue) Left reverse samplen 2 spacing 1.15 opaque fillcolor rgb '#FFFFFF'
      plot \(curves.isEmpty ? "NaN notitle" : curves.joined(separator: ", "))

      """
  }

  /// The depth below the axis of words that are written upwards, in letters; 0 if they are written
  /// along it.
  var depth: Int {
    let words = layout.panel.x.words.prefix(Axis.wordLimit + 1)
    let letters = words.reduce(0) { $0 + min($1.count, Axis.letterLimit) + 2 }
    guard words.count <= Axis.wordLimit, letters > 90 else { return 0 }
    return words.map { min($0.count, Axis.letterLimit) }.max() ?? 0
  }

  /// Words if there is room for them, otherwise numbers.
  private var tics: String {
    let words = layout.panel.x.words
    guard !words.isEmpty, words.count <= Axis.wordLimit else {
      return "set xtics norotate autofreq"
    }
    let marks = words.enumerated().map { place, word in
      // The label of a mark is a format, so percent signs are doubled.
      let format = word.prefix(Axis.letterLimit).split(
        separator: "%", omittingEmptySubsequences: false)
      return "\(quoted(format.joined(separator: "%%"))) \(place)"
    }
    let rotation = depth == 0 ? "norotate" : "rotate by 90 right"
    return "set xtics \(rotation) (\(marks.joined(separator: ", ")))"
  }

  private func name(_ number: Int) -> String { "$panel\(place)_\(number)" }

  private static func style(_ trace: PanelLayout.Trace) -> String {
    let colour = "linecolor rgb '#\(trace.colour.rawValue)'"
    let isSparse = trace.isSparse
    return switch trace.series.style {
    case .line where isSparse: "with linespoints linewidth 1.6 pointtype 7 pointsize 0.5 \(colour)"
    case .line: "with lines linewidth 2 \(colour)"
    // The two digits before the colour are its transparency.
    case .thinLine: "with lines linewidth 0.7 linecolor rgb '#90\(trace.colour.rawValue)'"
    case .envelope: "with filledcurves closed fillcolor rgb '#\(trace.colour.rawValue)'"
    case .dashedLine: "with lines linewidth 1.4 dashtype (8,5) \(colour)"
    case .scatter: "with points pointtype 7 pointsize 0.5 \(colour)"
    case .points: "with points pointtype 7 pointsize \(isSparse ? 0.7 : 0.5) \(colour)"
    case .bars: "with boxes \(colour)"
    }
  }
}

extension PanelScript {
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
      for point in trace.stretches.joined() {
        let isRight = layout.x.place(point.x) > 0.6
        guard isRight || layout.x.place(point.x) < 0.4 else { continue }
        let height = layout.y.place(point.y)
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

extension Span {
  /// The range in the axis's own units.
  var range: String {
    isLogarithmic ? "[10**(\(low)):10**(\(high))]" : "[\(low):\(high)]"
  }
}
