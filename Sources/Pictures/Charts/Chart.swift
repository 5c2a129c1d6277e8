import JSON

/// A chart: one panel, or several one below the other, of series over numbers.
package struct Chart: Sendable, Equatable {
  package var title: String
  package var panels: [Panel]
  /// Whether all panels have the x axis of the last panel, which alone is labelled.
  package var sharesX: Bool

  package init(_ title: String, _ panels: [Panel], sharesX: Bool = false) {
    self.title = title
    self.panels = panels
    self.sharesX = sharesX
  }

  /// Draws the chart. Throws if it has no number that can be drawn.
  package func picture(
    _ format: Picture.Format, with gnuplot: Gnuplot = Gnuplot(),
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Picture {
    Picture(format, try gnuplot.draw(try script(format), checkpoint: checkpoint))
  }
}
