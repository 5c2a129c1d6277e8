import Declarations
import Files
import JSON
import Tensors

/// The members of a ZIP archive, as its central directory lists them, with the extension for 64-bit
/// sizes (PKWARE's APPNOTE.TXT).
///
/// It is read here, over zlib, because libzip brings three more libraries for methods that NumPy
/// does not write.
struct ZipFile {
  /// What the directory says about a member.
  struct Member {
    let name: String
    let flags: Int
    let method: Int
    let crc: UInt32
    let compressed: Int
    let size: Int
    /// The byte of the file at which its local header begins.
    let start: Int
  }

  let file: OpenFile
  let members: [Member]

  private var path: String { file.path }

  /// Reads the central directory. Throws `badFile`, `io` and `memory`.
  init(_ file: OpenFile) throws(Fault) {
    self.file = file
    let tailStart = max(0, file.size - Self.endLength - Int(UInt16.max))
    let tail = try file.bytes(at: tailStart, count: file.size - tailStart)
    guard tail.count >= Self.endLength,
      let place = (0...tail.count - Self.endLength).last(where: {
        tail[$0...].starts(with: Self.endMark)
      })
    else {
      throw File.bad(
        file.path, at: file.size, "no directory of a ZIP archive at the end of the file",
        hint: ForeignFormat.advice(for: try file.bytes(at: 0, count: 16))
          ?? "expected what numpy.savez writes, and the whole file")
    }
    var count = Int(tail.word(at: place + 10, width: 2))
    var length = Int(tail.word(at: place + 12, width: 4))
    var start = Int(tail.word(at: place + 16, width: 4))
    let end = tailStart + place
    if count == 0xFFFF || length == 0xFFFF_FFFF || start == 0xFFFF_FFFF,
      let wide = try Self.wideEnd(file, before: end)
    {
      (count, length, start) = wide
    }
    guard start >= 0, length >= 0, start <= end, length <= end - start else {
      throw File.bad(file.path, at: end, "the directory of the ZIP archive is not within the file")
    }
    let directory = try file.bytes(at: start, count: length)
    guard directory.count == length else { throw File.shrunk(file.path) }
    try Memory.require(Size(length) * 4, for: "the directory of \(file.path)")
    var members: [Member] = []
    var position = 0
    while members.count < count, position < length {
      members.append(try Self.member(directory, &position, start, file.path))
    }
    guard members.count == count, position == length else {
      throw File.bad(
        file.path, at: start + position,
        "the directory of the ZIP archive has not the \(count) members that it counts")
    }
    self.members = members
  }

  /// Returns the contents of a member. Throws `badFile` for a method that is not read, and for
  /// sizes that cannot be.
  func contents(_ member: Member) throws(Fault) -> ZipMember {
    let label = "\(path): \(JSON.string(member.name).excerpt)"
    guard member.flags & 1 == 0 else {
      throw Fault(
        .badFile, "\(label) is encrypted", expected: "a member without a password",
        got: "an encrypted one", hint: "write the archive with numpy.savez")
    }
    guard member.method == 0 || member.method == 8 else {
      throw Fault(
        .badFile, "\(label) is compressed by method \(member.method)",
        expected: "a member stored (0) or deflated (8)", got: "method \(member.method)",
        hint: "write the archive with numpy.savez or numpy.savez_compressed")
    }
    let head = try file.bytes(at: member.start, count: Self.localLength)
    guard head.count == Self.localLength, head.starts(with: Self.localMark) else {
      throw File.bad(path, at: member.start, "no member of the ZIP archive begins here")
    }
    let begin =
      member.start + Self.localLength + Int(head.word(at: 26, width: 2))
      + Int(head.word(at: 28, width: 2))
    guard begin <= file.size, member.compressed <= file.size - begin else {
      throw Fault(
        .badFile,
        "\(label): truncated: \(member.compressed) bytes from byte \(begin) on are not in the file")
    }
    // Deflate expands one byte to at most 1032.
    let most = member.method == 0 ? Size(member.compressed) : Size(member.compressed) * 1032
    guard Size(member.size) <= most, member.method == 8 || member.size == member.compressed else {
      throw Fault(
        .badFile,
        "\(label): \(member.size) bytes cannot come from \(member.compressed) bytes of the file")
    }
    return ZipMember(file, member, begin..<begin + member.compressed, label)
  }

  private static let endMark: [UInt8] = [0x50, 0x4B, 5, 6]
  private static let wideEndMark: [UInt8] = [0x50, 0x4B, 6, 6]
  private static let locatorMark: [UInt8] = [0x50, 0x4B, 6, 7]
  private static let entryMark: [UInt8] = [0x50, 0x4B, 1, 2]
  private static let localMark: [UInt8] = [0x50, 0x4B, 3, 4]
  private static let endLength = 22
  private static let entryLength = 46
  private static let localLength = 30

  /// Returns what the record with 64-bit sizes says, if its locator stands before `end`.
  private static func wideEnd(
    _ file: OpenFile, before end: Int
  ) throws(Fault) -> (count: Int, length: Int, start: Int)? {
    guard end >= 20 else { return nil }
    let locator = try file.bytes(at: end - 20, count: 20)
    guard locator.count == 20, locator.starts(with: locatorMark) else { return nil }
    let place = Int(clamping: locator.word(at: 8, width: 8))
    let record = place < end ? try file.bytes(at: place, count: 56) : []
    guard record.count == 56, record.starts(with: wideEndMark) else {
      throw File.bad(file.path, at: end - 20, "no 64-bit directory of a ZIP archive at its place")
    }
    return (
      Int(clamping: record.word(at: 32, width: 8)), Int(clamping: record.word(at: 40, width: 8)),
      Int(clamping: record.word(at: 48, width: 8))
    )
  }

  /// Reads an entry of the directory, which begins at byte `start` of the file.
  private static func member(
    _ bytes: [UInt8], _ position: inout Int, _ start: Int, _ path: String
  ) throws(Fault) -> Member {
    let place = start + position
    guard bytes.count - position >= entryLength, bytes[position...].starts(with: entryMark) else {
      throw File.bad(path, at: place, "no entry of the ZIP archive's directory begins here")
    }
    func word(_ offset: Int, _ width: Int) -> Int {
      Int(bytes.word(at: position + offset, width: width))
    }
    let (nameLength, extraLength, commentLength) = (word(28, 2), word(30, 2), word(32, 2))
    let nameStart = position + entryLength
    let end = nameStart + nameLength + extraLength + commentLength
    guard end <= bytes.count else {
      throw File.bad(path, at: place, "an entry of the ZIP archive's directory is cut short")
    }
    let extra = bytes[(nameStart + nameLength)..<(nameStart + nameLength + extraLength)]
    var sizes = [word(24, 4), word(20, 4), word(42, 4)]
    try widen(&sizes, extra: Array(extra), place, path)
    let member = Member(
      name: String(decoding: bytes[nameStart..<nameStart + nameLength], as: UTF8.self),
      flags: word(8, 2), method: word(10, 2), crc: UInt32(word(16, 4)), compressed: sizes[1],
      size: sizes[0], start: sizes[2])
    position = end
    return member
  }

  /// Replaces each size that does not fit into 32 bits by that of the extra field.
  private static func widen(
    _ sizes: inout [Int], extra: [UInt8], _ place: Int, _ path: String
  ) throws(Fault) {
    guard sizes.contains(0xFFFF_FFFF) else { return }
    var position = 0
    while extra.count - position >= 4 {
      let length = Int(extra.word(at: position + 2, width: 2))
      let fields = position + 4
      guard length <= extra.count - fields else { break }
      if extra.word(at: position, width: 2) == 1 {
        var next = fields
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
          guard next + 8 <= fields + length else { break }
          sizes[index] = Int(clamping: extra.word(at: next, width: 8))
          next += 8
        }
        return
      }
      position = fields + length
    }
  }
}
