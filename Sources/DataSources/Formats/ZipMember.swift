import CZlib
import Files
import JSON
import Tensors

/// The contents of a member of a ZIP archive in order, inflated if it is compressed.
///
/// Only the requested bytes are inflated. After the last one the check sum is compared.
final class ZipMember: ByteStream {
  let name: String
  /// The number of bytes that the archive declares.
  let size: Int
  /// The bytes of the file; the contents themselves if it is not compressed.
  let range: Range<Int>
  let isCompressed: Bool
  let file: OpenFile
  private let crc: UInt32
  private let input: PlainBytes
  private var stream = z_stream()
  private var isOpen = false
  /// A part of the compressed bytes.
  private var part: [UInt8] = []
  private var sum: UInt32 = 0
  private var offset = 0

  init(_ file: OpenFile, _ member: ZipFile.Member, _ range: Range<Int>, _ name: String) {
    self.file = file
    self.name = name
    self.range = range
    size = member.size
    crc = member.crc
    isCompressed = member.method == 8
    input = PlainBytes(file, range)
  }

  deinit { if isOpen { inflateEnd(&stream) } }

  func read(
    into out: UnsafeMutableBufferPointer<UInt8>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Int {
    let count = min(out.count, size - offset)
    let wanted = UnsafeMutableBufferPointer(rebasing: out[..<count])
    if isCompressed {
      try inflate(wanted, checkpoint)
    } else {
      _ = try input.read(into: wanted, checkpoint)
    }
    for begin in stride(from: 0, to: count, by: valuesOfPiece) {
      try checkpoint()
      let piece = UnsafeMutableBufferPointer(
        rebasing: wanted[begin..<min(count, begin + valuesOfPiece)])
      sum = UInt32(crc32(UInt(sum), piece.baseAddress, UInt32(piece.count)))
    }
    offset += count
    if offset == size, count > 0 { try check() }
    return count
  }

  /// Reads up to the end and compares the check sum, at the cost of a read of the file.
  func checkAll(_ checkpoint: () throws(Fault) -> Void) throws(Fault) {
    while try !read(valuesOfPiece, checkpoint).isEmpty {}
  }

  private func check() throws(Fault) {
    guard sum == crc else {
      throw Fault(
        .badFile, "\(name): the check sum (CRC-32) is wrong: the file is damaged",
        expected: String(crc, radix: 16), got: String(sum, radix: 16),
        hint: "copy the file again, or write it again")
    }
    guard !isCompressed else {
      var more: UInt8 = 0
      let rest = try withUnsafeMutablePointer(to: &more) { (more) throws(Fault) in
        try step(UnsafeMutableBufferPointer(start: more, count: 1))
      }
      guard rest.count == 0, rest.isEnd else {
        throw Fault(
          .badFile, "\(name): data continues after the \(size) bytes that the archive declares")
      }
      return
    }
  }

  private func inflate(
    _ out: UnsafeMutableBufferPointer<UInt8>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    var filled = 0
    while filled < out.count {
      try checkpoint()
      let end = min(out.count, filled + valuesOfPiece)
      let (count, isEnd) = try step(UnsafeMutableBufferPointer(rebasing: out[filled..<end]))
      filled += count
      guard !isEnd || filled == out.count else {
        throw Fault(
          .badFile,
          "\(name): truncated: \(offset + filled) bytes of the \(size) that the archive declares")
      }
    }
  }

  /// Fills part of `out`; returns the number of bytes, and whether the stream has ended.
  private func step(
    _ out: UnsafeMutableBufferPointer<UInt8>
  ) throws(Fault) -> (count: Int, isEnd: Bool) {
    if !isOpen {
      // A negative window of 15 bits: no header.
      let size = Int32(MemoryLayout<z_stream>.size)
      guard inflateInit2_(&stream, -15, ZLIB_VERSION, size) == Z_OK else {
        throw Fault(.memory, "\(name): no memory to inflate it")
      }
      isOpen = true
    }
    if consumed == part.count {
      part = try input.read(1 << 18)
      consumed = 0
    }
    let isEmpty = part.isEmpty
    let code = part.withUnsafeMutableBufferPointer { part in
      let rest = part[consumed...]
      stream.next_in = UnsafeMutableBufferPointer(rebasing: rest).baseAddress
      stream.avail_in = UInt32(rest.count)
      stream.next_out = out.baseAddress
      stream.avail_out = UInt32(out.count)
      let code = CZlib.inflate(&stream, Z_NO_FLUSH)
      consumed = part.count - Int(stream.avail_in)
      return code
    }
    let count = out.count - Int(stream.avail_out)
    switch code {
    case Z_STREAM_END: return (count, true)
    case Z_OK: return (count, false)
    case Z_BUF_ERROR where !isEmpty: return (count, false)
    case Z_BUF_ERROR: throw Fault(.badFile, "\(name): truncated: its deflated data end too early")
    case Z_MEM_ERROR: throw Fault(.memory, "\(name): no memory to inflate it")
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "inflate failed with \(code)"
      throw Fault(.badFile, "\(name): corrupt: \(reason)")
    }
  }

  /// The number of bytes of `part` that are inflated.
  private var consumed = 0
}
