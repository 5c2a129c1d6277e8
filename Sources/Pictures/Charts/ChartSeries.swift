/// Numbers y over numbers x, in the order in which they are connected.
package struct Series: Sendable, Equatable {
  package enum Style: String, Sendable, CaseIterable {
    case line
    /// Faint, for noisy values behind a smoother line.
    case thinLine
    /// What `thinLine` shows of more values than there are pixels: the faint area from the least to
    /// the greatest value over each column of pixels.
    case envelope
    /// Distinguishable from a solid line of the same colour.
    case dashedLine
    case points
    /// Small points, for any number of them.
    case scatter
    case bars
  }

  /// Colours that colour-blind people can distinguish: seven of Okabe and Ito, "Color universal
  /// design", 2008, and the three that are then farthest from them and from each other, as seen
  /// without red, green or blue cones.
  package enum Colour: String, Sendable, CaseIterable {
    case blue = "0072B2"
    case vermilion = "D55E00"
    case green = "009E73"
    case purple = "CC79A7"
    case orange = "E69F00"
    case sky = "56B4E9"
    case black = "333333"
    case violet = "9933FF"
    case brown = "663300"
    case lime = "AACC77"
  }

  /// The name in the key; no entry if it is empty.
  package var name: String
  package var x: [Double]
  package var y: [Double]
  package var style: Style
  /// The colour; the next one in turn if nil.
  package var colour: Colour?

  package init(
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
