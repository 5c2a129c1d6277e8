import Files
import JSON
import Tensors

/// Many small images in one: rows and columns of cells with thin borders between, in which each
/// pixel is a square of `scale`.
package struct Grid: Sendable {
  /// The cells in reading order; all have the same size.
  private let cells: [ArraySlice<Float>]
  private let height: Int
  private let width: Int
  package let columns: Int
  /// What is written above the images; nothing if it is empty.
  package var title = ""
  /// What is written beside each row of cells; nothing if it is empty.
  package var rowNames: [String] = []
  /// The side of a pixel: at least 1, and such that the longer side of a cell is about 64.
  package let scale: Int
  /// The gap after each row of cells.
  private let gaps: [Int]

  /// Between cells, and around the whole.
  package static let border = 2
  /// Between two pairs of rows.
  package static let wideBorder = 10
  /// The grey of the borders, which differs from the black of a digit's background and the white of
  /// its ink.
  package static let borderGrey: UInt8 = 150

  /// Takes the rows of `images`, [h, w] or [1, h, w] each, in reading order. Values are grey levels
  /// from 0 (black) to 1 (white); if there are larger ones, as in counts or bytes, the largest is
  /// white.
  package init(_ images: Tensor, columns: Int? = nil, scale: Int? = nil) throws(Fault) {
    try self.init(
      Self.cells(of: images), images, columns ?? Self.squareColumns(images.rows), scale
    ) { _ in Self.border }
  }

  /// Puts each row of `originals` above its counterpart in `reconstructions`, with `columns` pairs
  /// side by side.
  package init(
    pairs originals: Tensor, _ reconstructions: Tensor, columns: Int = 8, scale: Int? = nil
  ) throws(Fault) {
    guard originals.shape == reconstructions.shape else {
      throw Fault(
        .shape, "\(originals.shape) beside \(reconstructions.shape)",
        expected: originals.shape.description, got: reconstructions.shape.description)
    }
    let columns = max(1, min(columns, originals.rows))
    let above = Self.cells(of: originals)
    let below = Self.cells(of: reconstructions)
    var cells: [ArraySlice<Float>] = []
    for start in stride(from: 0, to: above.count, by: columns) {
      let part = start..<min(start + columns, above.count)
      let missing = [ArraySlice<Float>](repeating: [], count: columns - part.count)
      cells += above[part] + missing + below[part] + missing
    }
    try self.init(cells, originals, columns, scale) { $0 % 2 == 0 ? Self.border : Self.wideBorder }
  }

  private init(
    _ cells: [ArraySlice<Float>], _ images: Tensor, _ columns: Int, _ scale: Int?,
    gap: (Int) -> Int
  ) throws(Fault) {
    let extents = images.shape.extents
    guard extents.count == 3 || (extents.count == 4 && extents[1] == 1), !extents.contains(0)
    else {
      throw Fault(
        .shape, "a grid needs images, got rows of shape \(Shape(Array(extents.dropFirst())))",
        expected: "at least one row of shape [height, width] or [1, height, width]",
        got: images.shape.description,
        hint: "read rows that are not images with data.get, or draw them with model.sample")
    }
    height = extents[extents.count - 2]
    width = extents[extents.count - 1]
    self.cells = cells
    self.columns = max(1, min(columns, cells.count))
    self.scale = max(1, scale ?? 64 / max(height, width))
    let rows = (cells.count + self.columns - 1) / self.columns
    gaps = (0..<rows).map { $0 == rows - 1 ? Self.border : gap($0) }
    guard size.width * size.height <= 1 << 26 else {
      throw Fault(
        .resultTooLarge, "\(images.rows) images make \(size.width)x\(size.height) pixels",
        expected: "at most \(1 << 26) pixels", hint: "ask for fewer rows")
    }
    // The memory of the pixels, of the file, and of libpng.
    try Memory.require(
      Size(size.width) * size.height * 4, for: "a picture of \(size.width)x\(size.height) pixels",
      hint: "ask for fewer rows")
  }

  /// The number of rows of cells.
  package var lines: Int { gaps.count }

  /// The extents of the images with their borders, in pixels.
  package var size: (width: Int, height: Int) {
    (
      Self.border + columns * (width * scale + Self.border),
      Self.border + gaps.reduce(0) { $0 + height * scale + $1 }
    )
  }

  /// Returns the pixels of the images and their borders. Values below 0 and NaN are black.
  package func raster() -> Raster {
    let size = size
    var raster = Raster(width: size.width, height: size.height, value: Self.borderGrey)
    let white = cells.joined().reduce(1) { $1.isFinite ? max($0, $1) : $0 }
    var top = Self.border
    for (row, gap) in gaps.enumerated() {
      for column in 0..<min(columns, cells.count - row * columns) {
        let left = Self.border + column * (width * scale + Self.border)
        draw(cells[row * columns + column], white: white, into: &raster, left: left, top: top)
      }
      top += height * scale + gap
    }
    return raster
  }

  package func picture(_ format: Picture.Format) throws(Fault) -> Picture {
    try drawing().picture(format)
  }

  /// Returns the images with the title above them and the names of the rows to their left.
  func drawing() throws(Fault) -> Drawing {
    let raster = raster()
    guard !title.isEmpty || !rowNames.isEmpty else {
      return Drawing(
        title: "", width: size.width, height: size.height,
        marks: [.pixels(raster, x: 0, y: 0)])
    }
    let font = try Font.shared()
    let margin = 12.0
    let title = try font.fitted(
      legible(title), Self.titleSize, to: max(Double(size.width), Self.titleRoom))
    // Of rows that are lower than letters some have no name.
    let height = height * scale
    let every = max(1, Int((16 / Double(height)).rounded(.up)))
    let names = rowNames.prefix(lines).map { legible($0, limit: 24) }
    let widest = try font.widest(names, Self.nameSize)
    let left = (margin + (widest > 0 ? widest + 8 : 0)).rounded(.up)
    let top = title.isEmpty ? margin : 36
    var marks: [Mark] = []
    if !title.isEmpty {
      marks.append(
        .words(Words(text: title, place: Point(x: left, y: 24), size: Self.titleSize)))
    }
    var middle = top + Double(Self.border) + Double(height) / 2
    for (line, name) in names.enumerated() {
      if line % every == 0 {
        let place = Point(x: left - 8, y: middle + Self.nameSize * 0.36)
        marks.append(
          .words(Words(text: name, place: place, anchor: .end, size: Self.nameSize)))
      }
      middle += Double(height + gaps[line])
    }
    marks.append(.pixels(raster, x: Int(left), y: Int(top)))
    let reach = max(Double(size.width), try font.width(title, Self.titleSize))
    return Drawing(
      title: title, width: Int((left + reach + margin).rounded(.up)),
      height: Int(top) + size.height + Int(margin), marks: marks)
  }

  private static let titleSize = 14.0
  private static let nameSize = 12.0
  /// How wide a title may be if the images are narrower.
  private static let titleRoom = 640.0

  private func draw(
    _ cell: ArraySlice<Float>, white: Float, into raster: inout Raster, left: Int, top: Int
  ) {
    for (place, value) in cell.enumerated() {
      let grey = value.isNaN ? 0 : UInt8((min(max(value / white, 0), 1) * 255).rounded())
      let x = left + place % width * scale
      let y = top + place / width * scale
      for line in y..<y + scale {
        for pixel in x..<x + scale { raster[pixel, line] = grey }
      }
    }
  }

  private static func cells(of images: Tensor) -> [ArraySlice<Float>] {
    let width = images.width
    return (0..<images.rows).map { images.values[$0 * width..<($0 + 1) * width] }
  }

  /// Returns a number of columns that equals the number of rows, or exceeds it by one.
  private static func squareColumns(_ count: Int) -> Int {
    max(1, Int(Double(count).squareRoot().rounded(.up)))
  }
}
