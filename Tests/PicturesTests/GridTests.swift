import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources
@testable import Pictures

/// Returns the pixels of a PNG file of 8-bit grey.
private func decoded(_ png: [UInt8]) throws -> Raster {
  let file = try PNGFile(png, "x.png")
  let pixels = try file.bytes(inColour: false, over: 0).values
  return Raster(width: file.width, height: file.height, pixels: pixels)
}

@Suite struct PNGFiles {
  @Test(arguments: [(1, 1), (3, 2), (2, 3), (257, 40)])
  func comeBackAsTheyWere(width: Int, height: Int) throws {
    let pixels = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 &* 73 ^ $0 >> 3) }
    let raster = Raster(width: width, height: height, pixels: pixels)
    #expect(try decoded(raster.png()) == raster)
  }

  @Test func ofNoPixelAreRefused() {
    #expect(fault { _ = try Raster(width: 0, height: 3, pixels: []).png() }?.kind == .shape)
  }
}

@Suite struct Grids {
  @Test func drawEachPixelAsASquareBetweenBorders() throws {
    let images = Tensor([3, 1, 2], [0, 1, 0.5, 0.25, 1, 0])
    let grid = try Grid(images, columns: 2, scale: 2)
    let raster = grid.raster()
    let g = Grid.borderGrey
    let border = [UInt8](repeating: g, count: 14)
    let above: [UInt8] = [g, g, 0, 0, 255, 255, g, g, 128, 128, 64, 64, g, g]
    let below: [UInt8] = [g, g, 255, 255, 0, 0, g, g, g, g, g, g, g, g]
    let rows = [border, border, above, above, border, border, below, below, border, border]
    #expect(raster.width == 14 && raster.height == 10)
    #expect(raster.pixels == rows.flatMap { $0 })
  }

  @Test func takeImagesWithAChannelAxisToo() throws {
    let values: [Float] = [0, 1, 1, 0]
    #expect(
      try Grid(Tensor([1, 1, 2, 2], values)).raster()
        == Grid(Tensor([1, 2, 2], values)).raster())
  }

  @Test func clampAndShowWhatIsNotANumberAsBlack() throws {
    let values: [Float] = [-3, 7, .nan, .infinity, -.infinity]
    let raster = try Grid(Tensor([1, 1, 5], values), scale: 1).raster()
    #expect((0..<5).map { raster[Grid.border + $0, Grid.border] } == [0, 255, 0, 255, 0])
  }

  /// For counts and bytes the largest value of all cells is white.
  @Test func showWhatIsAboveOneAgainstTheLargest() throws {
    let raster = try Grid(Tensor([2, 1, 2], [0, 255, 510, 102]), scale: 1).raster()
    let shown = [0, 1, 4, 5].map { raster[Grid.border + $0, Grid.border] }
    #expect(shown == [0, 128, 255, 51])
  }

  @Test(arguments: [(14, 4), (28, 2), (3, 21), (100, 1)])
  func scaleSmallImagesUp(side: Int, scale: Int) throws {
    #expect(try Grid(Tensor(zeros: [1, side, side])).scale == scale)
  }

  @Test func areSquareUnlessToldOtherwise() throws {
    let size = try Grid(Tensor(zeros: [64, 14, 14])).size
    #expect(size == (466, 466))
  }

  @Test func putReconstructionsBelowTheirOriginals() throws {
    let originals = Tensor([3, 1, 1], [0.2, 0.4, 0.6])
    let reconstructions = Tensor([3, 1, 1], [0.8, 1, 0])
    let raster = try Grid(pairs: originals, reconstructions, columns: 2, scale: 1).raster()
    #expect(raster.width == 8 && raster.height == 22)
    let g = Grid.borderGrey
    // Rows of cells at 2, 5, then past the wide border 16, 19; columns at 2, 5.
    let shown = [2, 5, 16, 19].map { y in [2, 5].map { raster[$0, y] } }
    #expect(shown == [[51, 102], [204, 255], [153, g], [0, g]])
    let corners = Set([0, 1, 3, 4, 6, 15, 17, 18, 20, 21].map { raster[2, $0] })
    #expect(corners == [g])
  }

  @Test(arguments: [[0, 14, 14], [2, 196], [2, 3, 4, 4], [2]])
  func ofAnythingButImagesAreRefused(extents: [Int]) {
    let tensor = Tensor(zeros: Shape(extents))
    #expect(fault { _ = try Grid(tensor) }?.kind == .shape)
    #expect(fault { _ = try Grid(pairs: tensor, tensor) }?.kind == .shape)
  }

  @Test func ofUnequalPairsAndOfTooManyAreRefused() {
    let (one, two) = (Tensor(zeros: [1, 2, 2]), Tensor(zeros: [2, 2, 2]))
    #expect(fault { _ = try Grid(pairs: one, two) }?.kind == .shape)
    #expect(fault { _ = try Grid(two, scale: 10_000) }?.kind == .resultTooLarge)
  }

  /// Beside the words stand the same pixels as without them.
  @Test(arguments: Picture.Format.allCases)
  func haveATitleAndNamesOfTheirRows(format: Picture.Format) throws {
    let bare = try Grid(Tensor([4, 2, 2], (0..<16).map { Float($0) / 16 }), columns: 2)
    var grid = bare
    (grid.title, grid.rowNames) = ("<title> of & the grid", ["first", "second", "no such row"])
    #expect(grid.lines == 2)
    let drawing = try grid.drawing()
    let pixels = drawing.marks.compactMap { mark in
      if case .pixels(let raster, let x, let y) = mark { return (raster, x, y) }
      return nil
    }
    let (raster, left, top) = try #require(pixels.first)
    #expect(raster == bare.raster() && left > 12 && top == 36 && drawing.isGrey)
    let picture = try grid.picture(format)
    let text = String(decoding: picture.bytes, as: UTF8.self)
    switch format {
    case .png:
      let whole = try decoded(picture.bytes)
      #expect((whole.width, whole.height) == (drawing.width, drawing.height))
      for row in 0..<raster.height {
        for column in 0..<raster.width {
          #expect(whole[left + column, top + row] == raster[column, row])
        }
      }
      // The words are dark on white.
      #expect((0..<30).contains { y in (0..<whole.width).contains { whole[$0, y] < 100 } })
    case .svg:
      for words in ["&lt;title&gt; of &amp; the grid", "first", "second"] {
        #expect(text.contains(">\(words)</text>"))
      }
      #expect(!text.contains("no such row"))
    case .pdf:
      #expect(text.contains("/Title (<title> of & the grid)") && text.contains("+DejaVuSans"))
    }
  }

  /// A picture larger than cairo can hold is drawn in parts.
  @Test func mayBeWiderThanAnImageOfCairo() throws {
    var grid = try Grid(Tensor(zeros: [1, 1, 40_000]), scale: 1)
    grid.title = "wide"
    let raster = try decoded(grid.picture(.png).bytes)
    #expect(raster.width > 40_000 && raster[39_000, 38] == 0 && raster[39_000, 2] == 255)
    #expect(try grid.picture(.pdf).bytes.count > 1000)
    let tiles = Tile.all(of: 5, 3, side: 2)
    #expect(tiles.count == 6 && tiles.reduce(0) { $0 + $1.width * $1.height } == 15)
  }

  @Test(arguments: Picture.Format.allCases)
  func comeInEveryFormat(format: Picture.Format) throws {
    let grid = try Grid(Tensor(zeros: [2, 3, 3]), scale: 1)
    let picture = try grid.picture(format)
    #expect(picture.bytes.starts(with: format.magic))
    #expect(picture.mediaType == format.mediaType)
    let text = String(decoding: picture.bytes, as: UTF8.self)
    switch format {
    case .png: #expect(try decoded(picture.bytes) == grid.raster())
    case .svg: #expect(text.contains("image-rendering:pixelated") && text.contains("iVBORw0KGgo"))
    case .pdf:
      #expect(text.contains("/Width 12") && text.contains("/Height 7") && text.hasSuffix("%%EOF\n"))
    }
  }
}

extension Picture.Format {
  /// The first bytes of a file in the format.
  var magic: [UInt8] {
    switch self {
    case .png: [0x89] + Array("PNG\r\n".utf8)
    case .svg: Array("<?xml".utf8)
    case .pdf: Array("%PDF-1.".utf8)
    }
  }
}
