import CZlib
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Returns a PNG file by its specification (ISO/IEC 15948): unfiltered rows, without libpng.
func png(
  _ width: Int, _ height: Int, _ pixels: [UInt8], type: UInt8 = 0, depth: UInt8 = 8,
  palette: [UInt8] = [], transparency: [UInt8] = [], notes: [(String, [UInt8])] = []
) -> [UInt8] {
  func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
  func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return word(data.count) + body + word(Int(crc32(0, body, UInt32(body.count))))
  }
  let stride = pixels.count / height
  let rows = (0..<height).flatMap { [0] + pixels[$0 * stride..<($0 + 1) * stride] }
  var packed = [UInt8](repeating: 0, count: rows.count + 1000)
  var size = UInt(packed.count)
  compress(&packed, &size, rows, UInt(rows.count))
  var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  file += chunk("IHDR", word(width) + word(height) + [depth, type, 0, 0, 0])
  for (name, data) in notes { file += chunk(name, data) }
  if !palette.isEmpty { file += chunk("PLTE", palette) }
  if !transparency.isEmpty { file += chunk("tRNS", transparency) }
  return file + chunk("IDAT", Array(packed[..<Int(size)])) + chunk("IEND", [])
}

@Suite struct FoldersOfPictures {
  let folder = Folder()

  func pictures(_ options: String = "") throws -> DataSet {
    try load("{\"type\": \"png\", \"path\": \"\(folder.path)\"\(options)}")
  }

  @Test func inNaturalOrder() throws {
    for name in ["img10.png", "img2.PNG", "img1.png"] {
      let level = UInt8(name.filter(\.isNumber)) ?? 0
      try folder.write(name, png(3, 2, [level, 0, 1, 2, 3, 255]))
    }
    try folder.write("notes.txt", [1])
    try folder.write(".hidden.png", [1])
    let data = try pictures()
    #expect(data.shape == [2, 3])
    #expect(gathered(data) == [1, 2, 10].flatMap { [$0, 0, 1, 2, 3, 255] })
    #expect(data.labels == nil)
    guard case .bytes = data.storage else {
      Issue.record("bytes stay bytes")
      return
    }
  }

  @Test func everyGreyLevelComesThrough() throws {
    let levels = (0...255).map { UInt8($0) }
    let expected = levels.map { Float($0) }
    let files: [(String, [UInt8])] = [
      ("grey", png(16, 16, levels)),
      ("grey with alpha", png(16, 16, levels.flatMap { [$0, 255] }, type: 4)),
      ("colour", png(16, 16, levels.flatMap { [$0, $0, $0] }, type: 2)),
      ("palette", png(16, 16, levels, type: 3, palette: levels.flatMap { [$0, $0, $0] })),
    ]
    for (name, file) in files {
      try folder.write("one.png", file)
      #expect(gathered(try pictures()) == expected, "\(name)")
      #expect(
        gathered(try pictures(", \"colour\": true")) == expected + expected + expected, "\(name)")
    }
  }

  @Test func coloursArePlanes() throws {
    try folder.write("a.png", png(2, 1, [255, 0, 7, 10, 20, 30], type: 2))
    let data = try pictures(", \"colour\": true")
    #expect(data.shape == [3, 1, 2])
    #expect(gathered(data) == [255, 10, 0, 20, 7, 30])
  }

  @Test(arguments: [
    (["10", "2"], [2, 2, 10], nil as [String]?), (["dog", "cat"], [0, 0, 1], ["cat", "dog"]),
    (["3.0", "-1"], [-1, -1, 3], nil),
  ])
  func foldersAreClasses(names: [String], labels: [Int], classNames: [String]?) throws {
    for name in names { mkdir(folder(name), 0o777) }
    try folder.write("\(names[0])/x.png", png(1, 1, [3]))
    try folder.write("\(names[1])/10.png", png(1, 1, [2]))
    try folder.write("\(names[1])/9.png", png(1, 1, [1]))
    let data = try pictures()
    #expect(gathered(data) == [1, 2, 3])
    #expect(data.labels == labels)
    #expect(data.classNames == classNames)
    #expect(try pictures(", \"labels\": \"none\"").labels == nil)
  }

  @Test func namesHoldClasses() throws {
    try folder.write("7_1.png", png(1, 1, [1]))
    try folder.write("3-1.png", png(1, 1, [2]))
    let data = try pictures(", \"labels\": \"names\"")
    #expect(gathered(data) == [2, 1])
    #expect(data.labels == [3, 7])
    try folder.write("_8.png", png(1, 1, [2]))
    let fault = fault { _ = try pictures(", \"labels\": \"names\"") }
    #expect(fault?.message.contains("the name \"_8.png\" gives no class") == true)
  }

  static let refused: [(name: String, files: [String: [UInt8]], options: String, message: String)] =
    [
      ("none", [:], "", "holds no picture"),
      ("no PNG", ["a.png": [1, 2, 3]], "", "a.png: not a complete PNG file"),
      ("empty", ["a.png": []], "", "a.png: not a complete PNG file"),
      (
        "cut", ["a.png": Array(png(9, 9, [UInt8](repeating: 7, count: 81)).dropLast(30))], "",
        "a.png: not a complete PNG file"
      ),
      (
        "sizes", ["a.png": png(2, 1, [1, 2]), "b.png": png(1, 2, [1, 2])], "",
        "b.png: expected 2x1 pixels"
      ),
      (
        "a bomb", ["a.png": png(10_000, 10_000, [UInt8](repeating: 1, count: 10_000))], "",
        "claims 10000x10000 pixels"
      ),
      (
        "depths", ["a.png": png(1, 1, [1]), "b.png": png(1, 1, [1, 2], depth: 16)], "",
        "b.png: expected 8 bits a sample, as"
      ),
      (
        "pictures for folders", ["a.png": png(1, 1, [1])], ", \"labels\": \"folders\"",
        "expected a folder for each class, got the picture a.png"
      ),
      (
        "both", ["a.png": png(1, 1, [1]), "f/b.png": png(1, 1, [1])], "",
        "holds pictures and folders, a.png and f"
      ),
    ]

  @Test(arguments: refused.map(\.name)) func refuses(_ name: String) throws {
    let bad = try #require(Self.refused.first { $0.name == name })
    mkdir(folder("f"), 0o777)
    if !bad.files.keys.contains("f/b.png") { rmdir(folder("f")) }
    for (file, bytes) in bad.files { try folder.write(file, bytes) }
    let fault = fault { _ = try pictures(bad.options) }
    #expect(fault?.kind == .badFile)
    #expect(fault?.path == "source.path")
    #expect(fault?.message.contains(bad.message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func aMissingFolderIsNamed() {
    let fault = fault { _ = try load("{\"type\": \"png\", \"path\": \"/nowhere\"}") }
    #expect(fault?.kind == .io)
    #expect(fault?.message == "/nowhere: No such file or directory")
  }

  @Test func everyCutOfAPictureIsRefused() throws {
    let whole = png(5, 4, (0..<20).map { UInt8($0) })
    // The last chunk has nothing that a picture needs.
    for length in 0..<whole.count - 12 {
      try folder.write("a.png", Array(whole[..<length]))
      #expect(fault { _ = try pictures() }?.kind == .badFile, "\(length) bytes")
    }
  }

  @Test(arguments: [
    ("a2", "a10", true), ("a10", "a2", false), ("a02", "a2", true), ("a", "a1", true),
    ("a1b", "a1", false), ("10", "9", false), ("B", "a", true), ("a", "a", false),
    ("x99999999999999999999", "x100000000000000000000", true),
  ])
  func naturalOrder(a: String, b: String, isBefore: Bool) {
    #expect(NaturalOrder.areIncreasing(a, b) == isBefore)
  }
}
