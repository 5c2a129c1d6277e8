import Declarations
import JSON

/// A chart: one panel, or several one below the other, of series over numbers.
package struct Chart: Sendable, Equatable {
  package var title: String
  /// A sentence below the title; none if it is empty.
  package var note: String
  package var panels: [Panel]
  /// Whether all panels have the x axis of the last panel, which alone is labelled.
  package var sharesX: Bool

  /// What draws a chart.
  package enum Renderer: String, Word {
    /// This program.
    case builtIn
    /// The program gnuplot, which is started for it.
    case gnuplot
  }

  package init(_ title: String, _ panels: [Panel], sharesX: Bool = false, note: String = "") {
    self.title = title
    self.panels = panels
    self.sharesX = sharesX
    self.note = note
  }

  /// Draws the chart. Throws `wrongState` if it has no number that can be drawn.
  package func picture(
    _ format: Picture.Format, by renderer: Renderer = .builtIn,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Picture {
    switch renderer {
    case .builtIn: try drawing().picture(format)
    case .gnuplot: try picture(format, with: Gnuplot(), checkpoint: checkpoint)
    }
  }

  func picture(
    _ format: Picture.Format, with gnuplot: Gnuplot,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Picture {
    Picture(format, try gnuplot.draw(try script(format), checkpoint: checkpoint))
  }
}
