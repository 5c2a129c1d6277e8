import CZlib
import Files
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Returns an IDX file: magic number, extents and data.
func idx(_ extents: [UInt32], _ data: [UInt8], type: UInt8 = 8, magic: [UInt8] = [0, 0]) -> [UInt8]
{
  var bytes = magic + [type, UInt8(extents.count)]
  for extent in extents { bytes += (0..<4).map { UInt8(extent >> (24 - 8 * $0) & 255) } }
  return bytes + data
}

/// Returns the bytes compressed by gzip.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  deflateInit2_(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
  defer { deflateEnd(&stream) }
  var bytes = bytes
  let room = bytes.count + bytes.count / 100 + 100
  return [UInt8](unsafeUninitializedCapacity: room) { out, count in
    bytes.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = out.baseAddress
      stream.avail_out = UInt32(room)
      deflate(&stream, Z_FINISH)
    }
    count = Int(stream.total_out)
  }
}

@Suite struct IDXFiles {
  let folder = Folder()
  static let pixels = (0..<24).map { UInt8($0 * 10) }
  static let whole = idx([2, 3, 4], pixels)

  func source(_ images: [UInt8], _ labels: [UInt8]? = nil) throws -> String {
    let path = try folder.write("images", images)
    guard let labels else { return "{\"type\": \"idx\", \"images\": \"\(path)\"}" }
    return """
      {"type": "idx", "images": "\(path)", "labels": "\(try folder.write("labels", labels))"}
      """
  }

  @Test(arguments: [
    ("plain", whole), ("gzip", gzip(whole)),
    ("gzip in two members", gzip(Array(whole[..<20])) + gzip(Array(whole[20...]))),
    ("gzip with an empty member", gzip(whole) + gzip([])),
  ])
  func loads(name: String, bytes: [UInt8]) throws {
    let data = try load(source(bytes, idx([2], [7, 3])))
    #expect(data.count == 2)
    #expect(data.shape == [3, 4])
    #expect(gathered(data) == Self.pixels.map { Float($0) })
    #expect(data.labels == [7, 3])
    #expect(data.classes == [3, 7])
    #expect((data.minimum, data.maximum) == (0, 230))
    #expect(!data.isBinary)
    #expect(data.sha256 == SHA256.hex(Self.pixels))
    #expect(data.splits.isEmpty)
  }

  @Test func labelsMayBeAbsent() throws {
    let data = try load(source(Self.whole))
    #expect(data.labels == nil && data.classes == nil)
  }

  static let types: [(type: UInt8, bytes: [UInt8], values: [Float])] = [
    (8, [1, 255], [1, 255]), (9, [1, 255], [1, -1]), (11, [1, 2, 255, 254], [258, -2]),
    (12, [0, 1, 0, 0, 255, 255, 255, 253], [65536, -3]),
    (13, [0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0], [1.5, -2]),
    (14, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0], [1.5, -2]),
  ]

  @Test(arguments: types)
  func everyTypeIsRead(type: UInt8, bytes: [UInt8], values: [Float]) throws {
    for file in [idx([2, 1], bytes, type: type), gzip(idx([2, 1], bytes, type: type))] {
      #expect(gathered(try load(source(file))) == values)
      let path = try folder.write("large", file)
      let storage = try IDXFile(contentsOf: path, rank: 2...2, "images").storage(least: 0)
      #expect(gathered(try DataSet(Rows(storage, [1]))) == values, "and from the file")
    }
    let labels = idx([2], bytes, type: type)
    if type < 13 {
      let data = try load(source(idx([2, 1], [0, 1]), labels))
      #expect(data.labels == values.map { Int($0) })
    } else {
      let fault = fault { _ = try load(source(idx([2, 1], [0, 1]), labels)) }
      #expect(fault?.path == "source.labels")
      #expect(fault?.message.contains("that of row 0 is not one") == true)
    }
  }

  static let refused: [(name: String, bytes: [UInt8], message: String)] = [
    ("empty", [], "byte 0: truncated: the file ends within its magic number"),
    ("magic cut", [0, 0, 8], "byte 3: truncated: the file ends within its magic number"),
    ("not zeros", idx([1, 1], [0], magic: [1, 2]), "byte 0: an IDX file begins with two zeros"),
    (
      "a type that does not exist", idx([1, 1], [0, 0, 0, 0], type: 10),
      "byte 2: the type 10 is not one of 8 (uint8), 9 (int8), 11 (int16), 12 (int32), "
    ),
    ("labels for images", idx([1], [0]), "byte 3: images have 2 to 4 extents, these 1"),
    ("extents cut", Array(whole[..<10]), "byte 10: truncated: the file ends within its extents"),
    ("an extent of 0", idx([2, 0], []), "byte 4: extents must be 1 or more"),
    (
      "no end", idx([.max, .max, .max], []),
      "byte 4: extents must be 1 or more, and their product must fit"
    ),
    (
      "a byte too few", Array(whole.dropLast()),
      "byte 16: truncated: extents [2, 3, 4] need 24 bytes, the file has 23"
    ),
    ("a byte too many", whole + [0], "byte 40: data continues after the 24 bytes"),
    (
      "gzip of too little", gzip(Array(whole.dropLast())),
      "byte 39: truncated: extents [2, 3, 4] need 24 bytes"
    ),
    ("gzip of too much", gzip(whole + [0]), "byte 40: data continues after the 24 bytes"),
    (
      "a small gzip file that claims 4 GiB", gzip(idx([1, 65536, 65536], [])),
      "so small a gzip file holds at most"
    ),
    (
      "gzip cut short", Array(gzip(whole).dropLast(12)),
      "truncated: the file ends within its gzip stream"
    ),
    (
      "gzip without its check", Array(gzip(whole).dropLast(1)),
      "truncated: the file ends within its gzip stream"
    ),
    (
      "a wrong check sum", gzip(whole).enumerated().map { $0 == gzip(whole).count - 6 ? ~$1 : $1 },
      "corrupt gzip: incorrect data check"
    ),
    ("garbage after gzip", gzip(whole) + [1, 2, 3], "data continues after the gzip stream"),
    (
      "a wrong method", [0x1F, 0x8B, 7, 0, 0, 0, 0, 0, 0, 0, 0],
      "corrupt gzip: unknown compression method"
    ),
    ("gzip alone", [0x1F, 0x8B], "byte 2: truncated: the file ends within its gzip stream"),
  ]

  @Test(arguments: refused.map(\.name)) func refuses(_ name: String) throws {
    let bad = try #require(Self.refused.first { $0.name == name })
    let fault = fault { _ = try load(source(bad.bytes)) }
    #expect(fault?.kind == .badFile)
    #expect(fault?.path == "source.images")
    #expect(fault?.message.contains(bad.message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func everyCutAndEveryFlippedByteIsRefused() throws {
    let small = gzip(Self.whole)
    for length in 0..<small.count {
      #expect(throws: Fault.self) {
        let path = try folder.write("x", Array(small[..<length]))
        _ = try IDXFile(contentsOf: path, rank: 3...3, "images").storage()
      }
    }
    // Bytes 3 to 9 are flags and dates that gzip does not check.
    for place in 10..<small.count {
      var bad = small
      bad[place] ^= 0x55
      #expect(throws: Fault.self) {
        _ = try IDXFile(contentsOf: folder.write("x", bad), rank: 3...3, "images").storage()
      }
    }
  }

  @Test func aBombIsOnlyInflatedAsFarAsItsHeaderSays() throws {
    // 64 MiB of zeros in 64 KiB, although the header declares 24 bytes.
    let bomb = gzip(Self.whole + [UInt8](repeating: 0, count: 64 << 20))
    let fault = fault { _ = try load(source(bomb)) }
    #expect(fault?.message.contains("byte 40: data continues") == true)
  }

  @Test func countsThatDifferAreNamed() throws {
    let fault = fault { _ = try load(source(Self.whole, idx([3], [1, 2, 3]))) }
    #expect(fault?.kind == .badFile)
    #expect(fault?.path == "source.labels")
    #expect(fault?.message.contains("byte 4: 3 labels for 2 images") == true)
  }

  @Test func aMissingFileIsNamed() {
    let fault = fault { _ = try load("{\"type\": \"idx\", \"images\": \"/nowhere\"}") }
    #expect(fault?.kind == .io)
    #expect(fault?.path == "source.images")
    #expect(fault?.message == "/nowhere: No such file or directory")
  }
}
