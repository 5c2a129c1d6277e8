import JSON

/// A chart: one panel, or several below each other, of series over numbers.
public struct Chart: Sendable, Equatable {
  public var title: String
  public var panels: [Panel]
  /// Whether all panels have the x axis of the last, which alone is labelled.
  public var sharesX: Bool

  public init(_ title: String, _ panels: [Panel], sharesX: Bool = false) {
    self.title = title
    self.panels = panels
    self.sharesX = sharesX
  }

  /// Draws the chart. A chart without one number that can be drawn is a fault.
  public func picture(
    _ format: Picture.Format, with gnuplot: Gnuplot = Gnuplot(),
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Picture {
    Picture(format, try gnuplot.draw(try script(format), checkpoint: checkpoint))
  }
}

/// One pair of axes with what is drawn between them.
public struct Panel: Sendable, Equatable {
  public var x: Axis
  public var y: Axis
  public var series: [Series]

  public init(x: Axis, y: Axis, _ series: [Series]) {
    self.x = x
    self.y = y
    self.series = series
  }
}

/// A direction of a panel.
public struct Axis: Sendable, Equatable {
  /// What is counted along it, with its unit.
  public var label: String
  public var isLogarithmic: Bool
  /// Words at 0, 1, 2, … in place of numbers.
  public var words: [String]

  public init(_ label: String, isLogarithmic: Bool = false, words: [String] = []) {
    self.label = label
    self.isLogarithmic = isLogarithmic
    self.words = words
  }

  /// Whether the axis has a place for the number; what it has none for becomes a gap.
  func shows(_ value: Double) -> Bool {
    // gnuplot's own arithmetic overflows before a double does.
    value.magnitude < 1e100 && (!isLogarithmic || value > 1e-100)
  }
}

/// Numbers y over numbers x, in the order in which they are joined.
public struct Series: Sendable, Equatable {
  public enum Style: String, Sendable, CaseIterable {
    case line
    /// Faint, for noisy values behind a smoother line.
    case thinLine
    /// Told apart from a line of the same colour.
    case dashedLine
    case points
    /// Small points, as many as there are: a cloud.
    case scatter
    case steps
    case bars
  }

  /// Colours that stay apart for the colour-blind (Okabe and Ito, "Color universal design", 2008);
  /// three more make ten.
  public enum Colour: String, Sendable, CaseIterable {
    case blue = "0072B2"
    case vermilion = "D55E00"
    case green = "009E73"
    case purple = "CC79A7"
    case orange = "E69F00"
    case sky = "56B4E9"
    case black = "333333"
    case lime = "A6D608"
    case wine = "882255"
    case grey = "999999"
  }

  /// What the key says; no entry where it is empty.
  public var name: String
  public var x: [Double]
  public var y: [Double]
  public var style: Style
  /// The next one in turn where it is left out.
  public var colour: Colour?

  public init(
    _ name: String, x: [Double], y: [Double], _ style: Style = .line, _ colour: Colour? = nil
  ) {
    precondition(x.count == y.count, "\(y.count) numbers over \(x.count)")
    self.name = name
    self.x = x
    self.y = y
    self.style = style
    self.colour = colour
  }
}
