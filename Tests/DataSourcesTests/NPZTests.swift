import CZlib
import Declarations
import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Returns a NumPy file of bytes.
private func npy(_ shape: String, _ data: [UInt8], dtype: String = "|u1", fortran: Bool = false)
  -> [UInt8]
{
  let order = fortran ? "True" : "False"
  let text = "{'descr': '\(dtype)', 'fortran_order': \(order), 'shape': \(shape), }\n"
  return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt64(text.utf8.count), 2)
    + Array(text.utf8) + data
}

/// A ZIP archive in the making, whose fields can be wrong.
private struct Archive {
  var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  mutating func add(
    _ name: String, _ data: [UInt8], deflated: Bool = false, method: Int? = nil, flags: Int = 0,
    size: Int? = nil, crc: UInt32? = nil, isWide: Bool = false, start: Int? = nil
  ) {
    let packed = deflated ? deflate(data) : data
    let sum = crc ?? UInt32(crc32(0, data, UInt32(data.count)))
    let method = UInt64(method ?? (deflated ? 8 : 0))
    let size = size ?? data.count
    let text = Array(name.utf8)
    let common =
      little(UInt64(flags), 2) + little(method, 2) + little(0, 4) + little(UInt64(sum), 4)
    let begin = bytes.count
    bytes += [0x50, 0x4B, 3, 4] + little(20, 2) + common
    bytes += little(UInt64(packed.count), 4) + little(UInt64(size), 4)
    bytes += little(UInt64(text.count), 2) + little(4, 2) + text + little(0x1234, 2) + little(0, 2)
    bytes += packed
    let wide = [size, packed.count, start ?? begin].flatMap { little(UInt64($0), 8) }
    let extra =
      isWide ? little(0xCAFE, 2) + little(1, 2) + [0] + little(1, 2) + little(24, 2) + wide : []
    func field(_ value: Int) -> [UInt8] {
      isWide ? little(0xFFFF_FFFF, 4) : little(UInt64(value), 4)
    }
    directory += [0x50, 0x4B, 1, 2] + little(20, 2) + little(20, 2) + common
    directory += field(packed.count) + field(size)
    directory += little(UInt64(text.count), 2) + little(UInt64(extra.count), 2) + little(0, 2)
    directory += little(0, 2) + little(0, 2) + little(0, 4) + field(start ?? begin) + text + extra
    count += 1
  }

  func finished(isWide: Bool = false, count told: Int? = nil, comment: [UInt8] = []) -> [UInt8] {
    let (start, told) = (bytes.count, told ?? count)
    var all = bytes + directory
    if isWide {
      let end = all.count
      all += [0x50, 0x4B, 6, 6] + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
      all += little(UInt64(told), 8) + little(UInt64(told), 8)
      all += little(UInt64(directory.count), 8) + little(UInt64(start), 8)
      all += [0x50, 0x4B, 6, 7] + little(0, 4) + little(UInt64(end), 8) + little(1, 4)
    }
    func field(_ value: Int, _ width: Int) -> [UInt8] {
      little(isWide ? .max : UInt64(value), width)
    }
    all += [0x50, 0x4B, 5, 6] + little(0, 4) + field(told, 2) + field(told, 2)
    all += field(directory.count, 4) + field(start, 4) + little(UInt64(comment.count), 2)
    return all + comment
  }

  private func deflate(_ data: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { deflateEnd(&stream) }
    var data = data
    let room = data.count + data.count / 100 + 100
    return [UInt8](unsafeUninitializedCapacity: room) { out, count in
      data.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = out.baseAddress
        stream.avail_out = UInt32(room)
        CZlib.deflate(&stream, Z_FINISH)
      }
      count = Int(stream.total_out)
    }
  }
}

@Suite struct NumPyArchives {
  let folder = Folder()
  static let rows = npy("(2, 3)", [0, 1, 2, 3, 4, 255])
  static let labels = npy("(2,)", [7, 0, 3, 0], dtype: "<i2")

  func source(_ archive: [UInt8], _ options: String = "") throws -> String {
    "{\"type\": \"npz\", \"path\": \"\(try folder.write("x.npz", archive))\"\(options)}"
  }

  private static func whole(deflated: Bool, isWide: Bool) -> [UInt8] {
    var archive = Archive()
    archive.add("x.npy", rows, deflated: deflated, isWide: isWide)
    archive.add("y.npy", labels, deflated: deflated, isWide: isWide)
    return archive.finished(isWide: isWide, comment: Array("written by a test".utf8))
  }

  @Test(arguments: [false, true], [false, true]) func loads(deflated: Bool, isWide: Bool) throws {
    let archive = Self.whole(deflated: deflated, isWide: isWide)
    let data = try load(source(archive, ", \"key\": \"x\", \"labels\": \"y\""))
    #expect(data.shape == [3])
    #expect(gathered(data) == [0, 1, 2, 3, 4, 255])
    #expect(data.labels == [7, 3])
  }

  @Test func theOnlyArrayNeedsNoKey() throws {
    var archive = Archive()
    archive.add("notes.txt", [1])
    archive.add("x.npy", npy("(2, 2)", [1, 0, 3, 0, 2, 0, 4, 0], dtype: "<u2", fortran: true))
    #expect(gathered(try load(source(archive.finished()))) == [1, 2, 3, 4])
  }

  @Test(arguments: [
    (", \"key\": \"z\"", "holds no array \"z\"", "source.key", "the arrays are x, y"),
    ("", "holds 2 arrays", "source.key", "the arrays are x, y"),
    (
      ", \"key\": \"x\", \"labels\": \"Y\"", "no array \"Y\"", "source.labels",
      "did you mean \"y\"?"
    ),
    (
      ", \"key\": \"x\", \"labels\": \"x\"", "expected labels of shape [rows]", "source.labels",
      "argmax"
    ),
  ])
  func namesTheArraysThatThereAre(options: String, message: String, path: String, hint: String)
    throws
  {
    let fault = fault {
      _ = try load(source(Self.whole(deflated: true, isWide: false), options))
    }
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
    #expect(fault?.path == path)
    #expect(fault?.hint?.contains(hint) == true)
  }

  private static func one(_ change: (inout Archive) -> Void) -> [UInt8] {
    var archive = Archive()
    change(&archive)
    return archive.finished()
  }

  static let refused: [(name: String, bytes: [UInt8], message: String)] = [
    ("empty", [], "byte 0: no directory of a ZIP archive at the end"),
    ("a NumPy file", rows, "no directory of a ZIP archive at the end"),
    ("cut", Array(one { $0.add("x.npy", rows) }.dropLast(30)), "no directory of a ZIP archive"),
    (
      "its beginning cut", Array(one { $0.add("x.npy", rows) }.dropFirst(30)),
      "the directory of the ZIP archive is not within the file"
    ),
    (
      "a count too high",
      {
        var archive = Archive()
        archive.add("x.npy", rows)
        return archive.finished(count: 2)
      }(), "has not the 2 members that it counts"
    ),
    (
      "a wrong check sum", one { $0.add("x.npy", rows, crc: 5) },
      "the check sum (CRC-32) is wrong: the file is damaged"
    ),
    (
      "a wrong check sum, deflated", one { $0.add("x.npy", rows, deflated: true, crc: 5) },
      "the check sum (CRC-32) is wrong: the file is damaged"
    ),
    (
      "deflated data that are not valid", one { $0.add("x.npy", [7] + rows, method: 8) },
      "corrupt: "
    ),
    ("encrypted", one { $0.add("x.npy", rows, flags: 1) }, "is encrypted"),
    ("bzip2", one { $0.add("x.npy", rows, method: 12) }, "is compressed by method 12"),
    (
      "no deflated data", one { $0.add("x.npy", rows, method: 8) },
      "truncated: 6 bytes of the 76"
    ),
    (
      "another size", one { $0.add("x.npy", rows, size: rows.count + 1) },
      "bytes cannot come from"
    ),
    (
      "more than deflate can hold",
      one { $0.add("x.npy", npy("(4294967296,)", []), deflated: true, size: 1 << 32 - 2) },
      "4294967294 bytes cannot come from"
    ),
    (
      "deflated data that go on",
      one { $0.add("x.npy", rows + [1], deflated: true, size: rows.count) },
      "check sum"
    ),
    (
      "deflated data that end", one { $0.add("x.npy", rows, deflated: true, size: rows.count + 1) },
      "truncated"
    ),
    (
      "a member elsewhere", one { $0.add("x.npy", rows, isWide: true, start: 1 << 40) },
      "no member of the ZIP archive begins here"
    ),
    ("text", one { $0.add("x.npy", [1, 2, 3]) }, "a NumPy file begins with"),
    (
      "too few bytes", one { $0.add("x.npy", npy("(3,)", [1, 2])) },
      "needs 3 bytes of data, the file has 2"
    ),
  ]

  @Test(arguments: refused.map(\.name)) func refuses(_ name: String) throws {
    let bad = try #require(Self.refused.first { $0.name == name })
    let fault = fault { _ = try load(source(bad.bytes)) }
    #expect(fault?.kind == .badFile)
    #expect(fault?.path == "source.path")
    #expect(fault?.message.contains(bad.message) == true, "\(fault?.message ?? "accepted")")
    #expect(fault?.message.contains("x.npz") == true)
  }

  @Test func everyCutAndEveryFlippedByteIsRefusedOrReadTheSame() throws {
    let whole = Self.one { $0.add("x.npy", Self.rows, deflated: true) }
    for length in 0..<whole.count {
      #expect(fault { _ = try load(source(Array(whole[..<length]))) }?.kind == .badFile)
    }
    for place in whole.indices {
      var bad = whole
      bad[place] ^= 0x55
      // Dates and versions are not read; a changed name is another name.
      let data = try? load(source(bad))
      if let data { #expect(gathered(data) == [0, 1, 2, 3, 4, 255], "byte \(place)") }
    }
  }

  /// A float64 beyond float32 is named with its row and its place there, in either order.
  @Test(arguments: [false, true]) func numbersBeyondFloat32AreNamed(fortran: Bool) throws {
    var numbers = [Double](repeating: 1, count: 6)
    numbers[fortran ? 3 : 4] = 1e39
    let bytes = numbers.flatMap { little($0.bitPattern, 8) }
    let file = npy("(2, 3)", bytes, dtype: "<f8", fortran: fortran)
    for deflated in [false, true] {
      let archive = Self.one { $0.add("x.npy", file, deflated: deflated) }
      let fault = fault { _ = try load(source(archive)) }
      #expect(fault?.message.contains("row 1") == true, "\(fault?.message ?? "accepted")")
      #expect(fault?.message.contains("position 1") == true)
    }
  }

  /// An archive is not inflated further than its members are asked for: 64 MiB of zeros beside the
  /// array cost nothing, and a header that claims more than there is is refused before memory is
  /// taken.
  @Test func aBombBesideTheArrayIsNotInflated() throws {
    let archive = Self.one {
      $0.add("x.npy", Self.rows)
      $0.add("bomb.npy", [UInt8](repeating: 0, count: 64 << 20), deflated: true)
    }
    #expect(archive.count < 1 << 18)
    #expect(try load(source(archive, ", \"key\": \"x\"")).count == 2)
    let fault = fault { _ = try load(source(archive, ", \"key\": \"bomb\"")) }
    #expect(fault?.message.contains("a NumPy file begins with") == true)
  }

  @Test(.enabled(if: system("python3 -c 'import numpy' 2> /dev/null") == 0, "no NumPy"))
  func whatNumPyWritesIsRead() throws {
    let script = """
      import numpy as n
      for save, name in (n.savez, "a"), (n.savez_compressed, "b"):
        save("\(folder.path)/" + name, x=n.arange(300000.).reshape(-1, 3), y=n.arange(100000) % 7)
      """
    #expect(system("python3 -c '\(script)'") == 0)
    for name in ["a", "b"] {
      let data = try load(
        "{\"type\": \"npz\", \"path\": \"\(folder(name)).npz\", \"key\": \"x\", \"labels\": \"y\"}")
      #expect(gathered(data) == (0..<300_000).map { Float($0) })
      #expect(data.labels == (0..<100_000).map { $0 % 7 })
    }
  }
}
