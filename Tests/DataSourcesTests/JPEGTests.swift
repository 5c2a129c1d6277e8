import Declarations
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// JPEG files of Pillow.
private enum JPEG {
  /// Grey levels 20, 60, … 220 in 2 rows of 3.
  static let grey = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\
    AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/E\
    AB0QAAECBwAAAAAAAAAAAAAAAAcECAAXKDZHVGb/2gAIAQEAAD8AfBsLWGxSBFlOQHtdPiEfbKnno//Z
    """)
  /// The same in several scans.
  static let progressive = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\
    AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wgALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACP/a\
    AAgBAQAAAAF8f//EABUQAQEAAAAAAAAAAAAAAAAAAAYV/9oACAEBAAEFAjBYxA//xAAbEAACAQUAAAAAAAAA\
    AAAAAAACBQAmNEVSZP/aAAgBAQAGPwJXTiG1HEL9i55//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAB\
    PyFsIf/aAAgBAQAAABB//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA2H//Z
    """)
  /// A red, a green and a blue column of 2 pixels.
  static let colour = bytes(
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\
    AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/2wBDAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\
    AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAARCAACAAMDAREAAhEBAxEB/8QAFAABAAAAAAAA\
    AAAAAAAAAAAACv/EABoQAAEFAQAAAAAAAAAAAAAAAAcABQg3d7f/xAAVAQEBAAAAAAAAAAAAAAAAAAAHCv/E\
    ABwRAAEDBQAAAAAAAAAAAAAAAAgAB7gJODl2eP/aAAwDAQACEQMRAD8AONMW+XbOgJwIZKlihtjCHraCYle+\
    KG3kuMLvtw3ZaPMv/9k=
    """)
  /// Four inks.
  static let inks = bytes(
    """
    /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBE\
    V0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgAAgADBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAA\
    AAAAAAYFB//EACEQAAECBAcAAAAAAAAAAAAAAAACBQMEdLMBBjQ1NoOy/9oADgRDAE0AWQBLAAA/ACb9v7lV\
    RfeITetbDpZeygv5H4nI9lxRoB//2Q==
    """)

  static func bytes(_ text: String) -> [UInt8] { (try? Base64.decode(text, as: UInt8.self)) ?? [] }

  /// Returns a file with a note of its orientation.
  static func turned(_ file: [UInt8], _ orientation: UInt8, isBigEndian: Bool = false) -> [UInt8] {
    let exif: [UInt8] =
      isBigEndian
      ? [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
      : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
    let body = Array("Exif\0\0".utf8) + exif
    return Array(file[..<2]) + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + file[2...]
  }
}

@Suite struct JPEGPictures {
  let folder = Folder()

  func load(_ options: String = "") throws -> DataSet {
    try DataSourcesTests.load(
      "{\"type\": \"pictures\", \"path\": \"\(folder.path)\"\(options)}")
  }

  @Test func areReadBesidePNG() throws {
    try folder.write("a.jpg", JPEG.grey)
    try folder.write("b.JPEG", JPEG.progressive)
    try folder.write("c.png", png(3, 2, [1, 2, 3, 4, 5, 6]))
    // The bytes decide, and not the name.
    try folder.write("d.png", JPEG.grey)
    let data = try load()
    let levels: [Float] = [20, 60, 100, 140, 180, 220]
    #expect(data.shape == [2, 3])
    #expect(gathered(data) == levels + levels + [1, 2, 3, 4, 5, 6] + levels)
    #expect(data.pictures?.skipped.members.isEmpty == true)
    #expect(try load(", \"colour\": true").shape == [3, 2, 3])
  }

  @Test func coloursArePlanes() throws {
    try folder.write("a.jpg", JPEG.colour)
    let planes = gathered(try load(", \"colour\": true"))
    #expect(planes == [250, 11, 9, 250, 11, 9, 10, 250, 10, 10, 250, 10, 11, 9, 250, 11, 9, 250])
    // 0.299 R + 0.587 G + 0.114 B, rounded to the nearest.
    #expect(gathered(try load()) == [82, 151, 37, 82, 151, 37])
  }

  /// The rows of the picture as people see it, by its orientation.
  static let turns: [[Float]] = [
    [20, 60, 100, 140, 180, 220], [100, 60, 20, 220, 180, 140], [220, 180, 140, 100, 60, 20],
    [140, 180, 220, 20, 60, 100], [20, 140, 60, 180, 100, 220], [140, 20, 180, 60, 220, 100],
    [220, 100, 180, 60, 140, 20], [100, 220, 60, 180, 20, 140],
  ]

  @Test(arguments: 1...8, [false, true]) func areTurned(orientation: Int, isBigEndian: Bool) throws
  {
    let file = JPEG.turned(JPEG.grey, UInt8(orientation), isBigEndian: isBigEndian)
    try folder.write("a.jpg", file)
    let data = try load()
    #expect(data.shape == (orientation > 4 ? [3, 2] : [2, 3]))
    #expect(gathered(data) == Self.turns[orientation - 1])
    let colour = try load(", \"colour\": true")
    #expect(
      gathered(colour) == Self.turns[orientation - 1] + Self.turns[orientation - 1]
        + Self.turns[orientation - 1])
  }

  @Test func anOrientationThatDoesNotExistIsNone() throws {
    for bad in [UInt8(0), 9] {
      try folder.write("a.jpg", JPEG.turned(JPEG.grey, bad))
      #expect(gathered(try load()) == Self.turns[0])
    }
  }

  /// The last two bytes mark the end, and the ones before may only fill up the last byte of data.
  @Test func everyCutNamesTheFile() throws {
    for whole in [JPEG.grey, JPEG.colour] {
      for length in 0..<whole.count - 2 {
        try folder.write("a.jpg", Array(whole[..<length]))
        let fault = fault { _ = try load() }
        #expect(fault?.kind == .badFile && fault?.path == "source.path", "\(length)")
        #expect(fault?.message.contains("a.jpg: not a complete") == true, "\(length)")
        #expect(fault?.hint == "copy it again, or take it out of the folder")
      }
    }
  }

  @Test func everyFlippedByteIsReadOrRefused() throws {
    for whole in [JPEG.grey, JPEG.progressive] {
      for place in whole.indices {
        var bad = whole
        bad[place] ^= 0xA5
        try folder.write("a.jpg", bad)
        let fault = fault { _ = try load() }
        #expect(fault == nil || fault?.kind == .badFile, "\(place)")
      }
    }
  }

  @Test func inksAndHugePicturesAreRefused() throws {
    try folder.write("a.jpg", JPEG.inks)
    let inks = fault { _ = try load() }
    #expect(inks?.message.contains("a.jpg: has 4 inks (CMYK)") == true)
    #expect(inks?.hint == "convert it to RGB")
    var huge = JPEG.grey
    let frame = try #require(huge.indices.first { huge[$0] == 0xFF && huge[$0 + 1] == 0xC0 })
    huge.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    try folder.write("a.jpg", huge)
    let fault = fault { _ = try load() }
    #expect(fault?.message.contains("claims 65500x65500 pixels") == true, "\(fault as Any)")
  }

  /// A file with many scans of the whole picture costs the time of each.
  @Test func manyScansAreRefused() throws {
    let file = JPEG.progressive
    let scans = file.indices.filter {
      $0 + 1 < file.count && file[$0] == 0xFF && file[$0 + 1] == 0xDA
    }
    let last = try #require(scans.last)
    let scan = Array(file[last..<file.count - 2])
    let many = Array(file.dropLast(2)) + (0..<200).flatMap { _ in scan } + [0xFF, 0xD9]
    try folder.write("a.jpg", many)
    let fault = fault { _ = try load() }
    #expect(fault?.kind == .badFile)
    #expect(fault?.message.contains("not a complete JPEG file") == true, "\(fault as Any)")
  }

  @Test func theSourceOfPNGFilesNamesTheOther() throws {
    try folder.write("a.jpg", JPEG.grey)
    let fault = fault {
      _ = try DataSourcesTests.load("{\"type\": \"png\", \"path\": \"\(folder.path)\"}")
    }
    #expect(fault?.hint == "\"type\": \"pictures\" reads JPEG files as well")
  }
}
