import Files
import JSON

/// A picture as marks, from which every format is written: all show the same.
struct Drawing: Equatable {
  /// What it shows, for readers of the screen and lists of documents.
  var title: String
  /// The extents in pixels, 96 to the inch.
  var width: Int
  var height: Int
  var marks: [Mark] = []

  func picture(_ format: Picture.Format) throws(Fault) -> Picture {
    // The memory is tried before, because cairo's images end the process in some places where they
    // get none (1.16): copies of the pixels, and the edges of each shape.
    try Memory.require(
      Size(width) * height * (isGrey && format != .pdf ? 5 : 10)
        + Size(marks.reduce(0) { $0 + $1.size }) * 1024,
      for: "a picture of \(width)x\(height) pixels")
    return switch format {
    case .png: Picture(.png, try raster().png())
    case .svg: Picture(.svg, try svg())
    case .pdf: Picture(.pdf, try pdf())
    }
  }

  /// Whether no mark has a colour.
  var isGrey: Bool { marks.allSatisfy(\.isGrey) }
}

/// A part of a drawing. Lengths are in pixels, y grows downwards.
enum Mark: Equatable {
  /// The polygon of the points, filled.
  case area([Point], Ink)
  case boxes([Box], Ink)
  case dots([Point], radius: Double, Ink)
  /// Marks that belong together, with a title that is not drawn.
  indirect case group(String, [Mark])
  /// Points joined by straight lines.
  case line([Point], Pen)
  /// A raster with its corner at whole pixels, each of its pixels as one pixel.
  case pixels(Raster, x: Int, y: Int)
  case words(Words)

  /// The number of points, or of letters.
  var size: Int {
    switch self {
    case .area(let points, _), .dots(let points, _, _), .line(let points, _): points.count
    case .boxes(let boxes, _): boxes.count
    case .group(_, let marks): marks.reduce(0) { $0 + $1.size }
    case .pixels: 0
    case .words(let words): words.text.count
    }
  }

  /// Whether it has no colour.
  var isGrey: Bool {
    switch self {
    case .area(_, let ink), .boxes(_, let ink), .dots(_, _, let ink): ink.isGrey
    case .group(_, let marks): marks.allSatisfy(\.isGrey)
    case .line(_, let pen): pen.ink.isGrey
    case .pixels(let raster, _, _): raster.channels == 1
    case .words(let words): words.ink.isGrey
    }
  }
}

/// A rectangle; `y` is its upper end.
struct Box: Equatable {
  var x: Double
  var y: Double
  var width: Double
  var height: Double
}

/// A colour: red, green and blue of 8 bits each.
struct Ink: Equatable {
  var rgb: UInt32

  init(_ rgb: UInt32) { self.rgb = rgb }

  static let text = Ink(0x222222)
  static let axis = Ink(0x555555)
  static let grid = Ink(0xE3E3E3)
  static let white = Ink(0xFFFFFF)

  /// Red, green and blue from 0 to 255.
  var parts: [UInt32] { [rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255] }
  var isGrey: Bool { Set(parts).count == 1 }

  /// The colour mixed with white, so that what is drawn over it stands out.
  var faint: Ink { Ink(parts.reduce(0) { $0 << 8 | (255 - (255 - $1) * 2 / 5) }) }
}

/// How a line is drawn.
struct Pen: Equatable {
  var ink: Ink
  var width = 1.0
  /// The lengths of dashes and gaps; empty for a solid line.
  var dashes: [Double] = []
}

/// A line of text.
struct Words: Equatable {
  enum Anchor: String { case start, middle, end }

  var text: String
  /// Where its baseline begins, has its middle, or ends.
  var place: Point
  var anchor = Anchor.start
  var size = 13.0
  var ink = Ink.text
  /// Whether it is written from the bottom to the top.
  var isUpright = false
}
