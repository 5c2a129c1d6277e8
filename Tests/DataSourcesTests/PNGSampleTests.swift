import CZlib
import Declarations
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Samples of pictures are read unchanged, whatever other information the file has.
@Suite struct SamplesOfPictures {
  let folder = Folder()

  func samples(_ file: [UInt8], _ options: String = "") throws -> [Float] {
    gathered(try data(file, options))
  }

  func data(_ file: [UInt8], _ options: String = "", _ transforms: String = "[]") throws -> DataSet
  {
    try folder.write("one.png", file)
    let source = "{\"type\": \"png\", \"path\": \"\(folder.path)\"\(options)}"
    return try DataSet.load(
      Choice<SourceKind>(json: JSON(parsing: source)),
      [Choice<TransformKind>](json: JSON(parsing: transforms)))
  }

  static func words(_ values: [Int]) -> [UInt8] {
    values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
  }

  /// Colour information in a file: gamma 1/2.2, 1 and 1/1.8, sRGB, primaries, and a profile.
  static let notes: [(String, [UInt8])] = [
    ("gAMA", [0, 0, 0xB1, 0x8F]), ("gAMA", [0, 1, 0x86, 0xA0]), ("gAMA", [0, 0, 0xD9, 0x04]),
    ("sRGB", [0]),
    (
      "cHRM",
      [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000].flatMap { [0, 0] + words([$0]) }
    ),
    ("iCCP", [0x78, 0, 0] + deflated([UInt8](repeating: 7, count: 200))),
    ("sBIT", [4]), ("tEXt", [0x61, 0, 0x62]),
  ]

  static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 1000)
    var size = UInt(out.count)
    compress(&out, &size, bytes, UInt(bytes.count))
    return Array(out[..<Int(size)])
  }

  @Test(arguments: notes.indices) func nothingIsConverted(_ index: Int) throws {
    let note = Self.notes[index]
    let levels: [UInt8] = [0, 1, 64, 128, 200, 255]
    let colours = levels.flatMap { [$0, $0, $0] }
    let expected = levels.map { Float($0) }
    let files: [(String, [UInt8])] = [
      ("grey", png(6, 1, levels, notes: [note])),
      ("colour", png(6, 1, colours, type: 2, notes: [note])),
      ("alpha", png(6, 1, levels.flatMap { [$0, 255] }, type: 4, notes: [note])),
      ("palette", png(6, 1, [0, 1, 2, 3, 4, 5], type: 3, palette: colours, notes: [note])),
    ]
    for (name, file) in files { #expect(try samples(file) == expected, "\(name), \(note.0)") }
    let deep = [0, 1, 256, 16448, 40000, 65535]
    let file = png(6, 1, Self.words(deep), depth: 16, notes: [note])
    #expect(try samples(file) == deep.map { Float($0) }, "16 bits, \(note.0)")
  }

  @Test func sixteenBitsStay() throws {
    let deep = [0, 1, 255, 256, 257, 4095, 32768, 65534, 65535]
    let expected = deep.map { Float($0) }
    let set = try data(png(9, 1, Self.words(deep), depth: 16))
    #expect(gathered(set) == expected)
    #expect(set.maximum == 65535 && set.pictures?.bits == 16)
    let colour = png(9, 1, Self.words(deep.flatMap { [$0, $0, $0] }), type: 2, depth: 16)
    #expect(try samples(colour) == expected)
    #expect(try samples(colour, ", \"colour\": true") == expected + expected + expected)
    // A tenth of white stays a tenth, whatever the greatest value is, and the threshold is the same
    // as with 8 bits.
    let random = try data(
      png(100, 1, Self.words([Int](repeating: 6554, count: 100)), depth: 16), "",
      "[{\"type\": \"binarize\", \"random\": true}]")
    let ones = (0..<200).reduce(0) { $0 + gathered(random, [0], update: UInt32($1)).reduce(0, +) }
    #expect(abs(ones / 20_000 - 0.1) < 0.01, "\(ones / 20_000)")
    #expect(try random.mean().allSatisfy { abs($0 - 0.1) < 1e-4 })
    let middle = png(2, 1, Self.words([32896, 32897]), depth: 16)
    #expect(gathered(try data(middle, "", "[{\"type\": \"binarize\"}]")) == [0, 1])
    let scaled = try data(middle, "", "[{\"type\": \"scale\", \"by\": 1.5259021896696422e-05}]")
    #expect(gathered(scaled).allSatisfy { abs($0 - 0.502) < 1e-4 })
  }

  /// 0.299 R + 0.587 G + 0.114 B: ITU-R BT.601.
  @Test func coloursBecomeGreyByTheirLuma() throws {
    let colours: [[Int]] = [
      [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [10, 20, 30],
      [200, 100, 50], [1, 2, 3], [255, 255, 255], [77, 77, 77],
    ]
    let grey: [Float] = [76, 150, 29, 226, 179, 18, 124, 2, 255, 77]
    let flat = colours.flatMap { $0.map { UInt8($0) } }
    #expect(try samples(png(10, 1, flat, type: 2)) == grey)
    let places = (0..<10).map { UInt8($0) }
    #expect(try samples(png(10, 1, places, type: 3, palette: flat)) == grey)
    let deep = colours.flatMap { $0.map { $0 * 257 } }
    let exact = colours.map { color in
      Float((257 * (299 * color[0] + 587 * color[1] + 114 * color[2]) + 500) / 1000)
    }
    #expect(try samples(png(10, 1, Self.words(deep), type: 2, depth: 16)) == exact)
  }

  @Test func fewBitsAreSpreadOverAll() throws {
    #expect(
      try samples(png(8, 1, [0b1010_0001], depth: 1)) == [255, 0, 255, 0, 0, 0, 0, 255])
    #expect(try samples(png(4, 1, [0b0001_1011], depth: 2)) == [0, 85, 170, 255])
    #expect(try samples(png(2, 1, [0x1F], depth: 4)) == [17, 255])
    let palette: [UInt8] = [9, 9, 9, 50, 50, 50, 80, 80, 80, 240, 240, 240]
    #expect(try samples(png(2, 1, [0b0100_0000], type: 3, depth: 1, palette: palette)) == [9, 50])
    #expect(
      try samples(png(4, 1, [0b0001_1011], type: 3, depth: 2, palette: palette))
        == [9, 50, 80, 240])
    #expect(try samples(png(2, 1, [0x30], type: 3, depth: 4, palette: palette)) == [240, 9])
  }

  /// A black glyph on a transparent background is black on white by default.
  @Test func transparentPicturesLieOnABackground() throws {
    let glyph = png(4, 1, [0, 255, 0, 0, 200, 0, 100, 128], type: 4)
    let set = try data(glyph)
    #expect(gathered(set) == [0, 255, 255, 177])
    #expect(set.pictures?.transparent == 1 && set.pictures?.background == 255)
    #expect(try samples(glyph, ", \"background\": 0") == [0, 0, 0, 50])
    #expect(
      try samples(glyph, ", \"background\": 100, \"colour\": true")
        == [Float]([0, 100, 100, 100, 0, 100, 100, 100, 0, 100, 100, 100]))
    let red = png(2, 1, [255, 0, 0, 0, 255, 0, 0, 255], type: 6)
    #expect(try samples(red) == [255, 76])
    #expect(try samples(red, ", \"colour\": true") == [255, 255, 255, 0, 255, 0])
    let deep = png(2, 1, Self.words([1000, 32768, 7, 65535]), type: 4, depth: 16)
    #expect(try samples(deep) == [33267, 7])
    #expect(try samples(deep, ", \"background\": 0") == [500, 7])
    #expect(try samples(deep, ", \"background\": 100") == [13_350, 7], "12849.8 behind it")
    // 50.7 and 64.5 are nearest to 51 and 65.
    let near = png(2, 1, [101, 128, 129, 128], type: 4)
    #expect(try samples(near, ", \"background\": 0") == [51, 65])
    // Transparency by one colour, and by the palette.
    #expect(try samples(png(2, 1, [7, 9], transparency: [0, 7])) == [255, 9])
    #expect(
      try samples(
        png(
          3, 1, [0, 1, 2], type: 3, palette: [1, 1, 1, 2, 2, 2, 3, 3, 3], transparency: [0, 255]))
        == [255, 2, 3])
    let opaque = try data(png(1, 1, [9, 255], type: 4))
    #expect(opaque.pictures?.transparent == 0)
    #expect(
      fault { _ = try data(glyph, ", \"background\": 256") }?.path == "background")
  }

  @Test func whatIsNotReadIsCounted() throws {
    let picture = png(1, 1, [1])
    for name in ["a.jpg", "b.JPG", "notes", ".secret", "c.tar.gz"] { try folder.write(name, [1]) }
    mkfifo(folder("pipe"), 0o600)
    mkdir(folder("cats"), 0o777)
    mkdir(folder("cats/more"), 0o777)
    try folder.write("cats/x.png", picture)
    try folder.write("cats/y.gif", [1])
    let classes = try load("{\"type\": \"png\", \"path\": \"\(folder.path)\"}")
    #expect(classes.count == 1)
    let skipped: [(String, Int)] = [
      (".gif", 1), (".gz", 1), (".jpg", 2), ("folders", 1), ("hidden", 1), ("others", 2),
    ]
    let found = try #require(classes.pictures?.skipped)
    #expect(found == Named(skipped.map { (name: $0.0, value: $0.1) }), "\(found.json.line)")
    // Folders beside pictures are ignored if the pictures are wanted.
    let flat = try data(picture, ", \"labels\": \"none\"")
    #expect(flat.pictures?.skipped.members.first { $0.name == "folders" }?.value == 1)
    unlink(folder("one.png"))
    unlink(folder("cats/x.png"))
    let fault = fault { _ = try load("{\"type\": \"png\", \"path\": \"\(folder.path)\"}") }
    #expect(fault?.got?.contains("2 .jpg") == true, "\(fault as Any)")
  }
}
