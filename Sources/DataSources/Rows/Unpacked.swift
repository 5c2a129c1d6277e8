import CZlib
import Files
import JSON
import Tensors

/// The bytes of a file in their order, inflated on the way where gzip compressed it.
///
/// Only as much is inflated as is asked for: a small file that would grow without end never does.
final class Unpacked {
  let isCompressed: Bool
  /// The bytes given so far.
  private(set) var offset = 0
  private let file: OpenFile
  private var stream = z_stream()
  /// A part of the compressed file, and where it begins there.
  private var input: [UInt8] = []
  private var inputStart = 0
  /// Between two members of a gzip file, or after the last.
  private var isBetween = false

  private var path: String { file.path }

  /// Throws `io`, `badFile` and `memory`.
  init(_ file: OpenFile) throws(Fault) {
    self.file = file
    isCompressed = try file.bytes(at: 0, count: 2) == [0x1F, 0x8B]
    guard isCompressed else { return }
    // 15 bits of window, and 16 for gzip's header and check.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, 31, ZLIB_VERSION, size) == Z_OK else {
      throw Fault(.memory, "\(path): no memory to inflate it")
    }
  }

  deinit { if isCompressed { inflateEnd(&stream) } }

  /// The most bytes that can come out: deflate stores at most 1032 in one, and each member of a
  /// gzip file costs 18 more.
  var most: Int { isCompressed ? (Size(file.size) * 1032).exactly ?? .max : file.size }

  /// The next bytes, `count` of them or as many as are left; `checkpoint` is called while they are
  /// inflated. Throws `io`, and `badFile` where the stream is corrupt or cut short.
  func read(
    _ count: Int, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> [UInt8] {
    var failure: Fault?
    let out = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(Fault) { filled = try read(into: buffer, checkpoint) } catch { failure = error }
    }
    if let failure { throw failure }
    return out
  }

  /// Fills `out` as far as there are bytes; answers how many there were.
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
      filled = try file.read(into: UnsafeMutableRawBufferPointer(out), at: offset)
    }
    offset += filled
    return filled
  }

  /// Fills part of `out`; how much, or nil at the end.
  private func inflate(_ out: UnsafeMutableBufferPointer<UInt8>) throws(Fault) -> Int? {
    let position = consumed + Int(stream.total_in)
    if position - inputStart >= input.count {
      input = try file.bytes(at: position, count: 1 << 18)
      inputStart = position
    }
    if isBetween {
      guard !input.isEmpty else { return nil }
      // Its magic number may lie across two parts.
      guard try file.bytes(at: position, count: 2) == [0x1F, 0x8B] else {
        throw File.bad(path, at: position, "data goes on after the gzip stream")
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

  /// Compressed bytes of the members before this one.
  private var consumed = 0
}
