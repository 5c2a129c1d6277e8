import CZlib
import JSON
import Tensors

/// The bytes of a file in their order, inflated on the way where gzip compressed it.
///
/// Only as much is inflated as is asked for: a small file that would grow without end never does.
final class Unpacked {
  let isCompressed: Bool
  /// The bytes given so far.
  private(set) var offset = 0
  private let bytes: [UInt8]
  private let path: String
  private var stream = z_stream()
  /// Between two members of a gzip file, or after the last.
  private var isBetween = false

  /// Throws `badFile` and `memory`.
  init(_ bytes: [UInt8], _ path: String) throws(Fault) {
    self.bytes = bytes
    self.path = path
    isCompressed = bytes.starts(with: [0x1F, 0x8B])
    guard isCompressed else { return }
    // 15 bits of window, and 16 for gzip's header and check.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, 31, ZLIB_VERSION, size) == Z_OK else {
      throw Fault(.memory, "\(path): no memory to inflate it")
    }
  }

  deinit { if isCompressed { inflateEnd(&stream) } }

  /// The most bytes that can come out: deflate stores at most 1032 in one, and each member of a gzip file costs 18 more.
  var most: Int { isCompressed ? bytes.count * 1032 : bytes.count }

  /// The next bytes, `count` of them or as many as are left. Throws `badFile` where the stream is corrupt or cut short.
  func read(_ count: Int) throws(Fault) -> [UInt8] {
    guard isCompressed else {
      let part = bytes[offset..<min(bytes.count, offset + count)]
      offset += part.count
      return Array(part)
    }
    var failure: Fault?
    let out = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(Fault) {
        while filled < count,
          let more = try inflate(UnsafeMutableBufferPointer(rebasing: buffer[filled...]))
        {
          filled += more
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    offset += out.count
    return out
  }

  /// Fills part of `out`; how much, or nil at the end.
  private func inflate(_ out: UnsafeMutableBufferPointer<UInt8>) throws(Fault) -> Int? {
    let total = bytes.count
    return try bytes.withUnsafeBufferPointer { bytes -> Result<Int?, Fault> in
      // Kept as an offset between calls: the array's address is its own business.
      let position = Int(stream.total_in) + consumed
      if isBetween {
        guard position < total else { return .success(nil) }
        guard total - position >= 2, bytes[position] == 0x1F, bytes[position + 1] == 0x8B else {
          return .failure(File.bad(path, at: position, "data goes on after the gzip stream"))
        }
        consumed = position
        inflateReset(&stream)
        isBetween = false
      }
      stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress! + position)
      stream.avail_in = UInt32(min(total - position, 1 << 30))
      stream.next_out = out.baseAddress
      stream.avail_out = UInt32(min(out.count, 1 << 30))
      let room = stream.avail_out
      let code = CZlib.inflate(&stream, Z_NO_FLUSH)
      let more = Int(room - stream.avail_out)
      let place = consumed + Int(stream.total_in)
      switch code {
      case Z_STREAM_END:
        isBetween = true
        return .success(more)
      case Z_OK: return .success(more)
      case Z_BUF_ERROR where place >= total:
        return .failure(
          File.bad(path, at: total, "truncated: the file ends within its gzip stream"))
      case Z_MEM_ERROR: return .failure(Fault(.memory, "\(path): no memory to inflate it"))
      default:
        let reason = stream.msg.map { String(cString: $0) } ?? "inflate failed with \(code)"
        return .failure(File.bad(path, at: place, "corrupt gzip: \(reason)"))
      }
    }.get()
  }

  /// Compressed bytes of the members before this one.
  private var consumed = 0
}
