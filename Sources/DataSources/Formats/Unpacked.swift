import CZlib
import Files
import JSON
import Tensors

/// The bytes of a file in order, inflated if gzip compressed it.
///
/// Only the requested bytes are inflated, so that a small file cannot fill the memory.
final class Unpacked: ByteStream {
  let isCompressed: Bool
  /// The number of bytes read so far.
  private(set) var offset = 0
  /// Whether fewer bytes than requested were left.
  private(set) var hasEnded = false
  private let file: OpenFile
  private var stream = z_stream()
  /// A part of the compressed file, and its offset there.
  private var input: [UInt8] = []
  private var inputStart = 0
  /// Whether it is between two members of a gzip file, or after the last.
  private var isBetween = false

  var name: String { file.path }
  private var path: String { file.path }

  /// Throws `io`, `badFile` and `memory`.
  init(_ file: OpenFile) throws(Fault) {
    self.file = file
    isCompressed = try file.bytes(at: 0, count: 2) == [0x1F, 0x8B]
    guard isCompressed else { return }
    // 15 bits of window, plus 16 for gzip's header and checksum.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, 31, ZLIB_VERSION, size) == Z_OK else {
      throw Fault(.memory, "\(path): no memory to inflate it")
    }
  }

  deinit { if isCompressed { inflateEnd(&stream) } }

  /// The maximum number of bytes: deflate expands one byte to at most 1032, and each member of a
  /// gzip file takes 18 more.
  var most: Int { isCompressed ? (Size(file.size) * 1032).exactly ?? .max : file.size }

  /// Fills `out` as far as possible; returns the number of bytes.
  func read(
    into out: UnsafeMutableBufferPointer<UInt8>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Int {
    var filled = 0
    if isCompressed {
      while filled < out.count,
        let more = try inflate(UnsafeMutableBufferPointer(rebasing: out[filled...]))
      {
        try checkpoint()
        filled += more
      }
    } else {
      try checkpoint()
      filled = try file.read(into: UnsafeMutableRawBufferPointer(out), at: offset)
    }
    offset += filled
    if filled < out.count { hasEnded = true }
    return filled
  }

  /// Fills part of `out`; returns the number of bytes, or nil at the end.
  private func inflate(_ out: UnsafeMutableBufferPointer<UInt8>) throws(Fault) -> Int? {
    let position = consumed + Int(stream.total_in)
    if position - inputStart >= input.count {
      input = try file.bytes(at: position, count: 1 << 18)
      inputStart = position
    }
    if isBetween {
      guard !input.isEmpty else { return nil }
      // The magic number may span two parts.
      guard try file.bytes(at: position, count: 2) == [0x1F, 0x8B] else {
        throw File.bad(path, at: position, "data continues after the gzip stream")
      }
      consumed = position
      inflateReset(&stream)
      isBetween = false
    }
    let (code, more) = input.withUnsafeMutableBufferPointer { input in
      let rest = input[(position - inputStart)...]
      stream.next_in = UnsafeMutableBufferPointer(rebasing: rest).baseAddress
      stream.avail_in = UInt32(rest.count)
      stream.next_out = out.baseAddress
      stream.avail_out = UInt32(min(out.count, valuesOfPiece))
      let room = stream.avail_out
      return (CZlib.inflate(&stream, Z_NO_FLUSH), Int(room - stream.avail_out))
    }
    let place = consumed + Int(stream.total_in)
    switch code {
    case Z_STREAM_END:
      isBetween = true
      return more
    case Z_OK: return more
    case Z_BUF_ERROR where input.isEmpty:
      throw File.bad(path, at: place, "truncated: the file ends within its gzip stream")
    case Z_MEM_ERROR: throw Fault(.memory, "\(path): no memory to inflate it")
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "inflate failed with \(code)"
      throw File.bad(path, at: place, "corrupt gzip: \(reason)")
    }
  }

  /// The compressed bytes of the members before the current one.
  private var consumed = 0
}
