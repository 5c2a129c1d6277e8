import Glibc
import JSON

/// A regular file that several threads may read at any offset.
///
/// It is read by `pread` and not mapped: truncating a mapped file ends the process that reads it,
/// and mapped pages count as the process's own memory until they are released.
package final class OpenFile: Sendable {
  package let path: String
  /// The size in bytes when the file was opened.
  package let size: Int
  private let descriptor: Descriptor
  /// The time of the last write before the file was opened.
  private let written: timespec

  /// Throws `io` and `denied`.
  package init(_ path: String, in fence: Fence = .current) throws(Fault) {
    try File.check(path)
    let found = try fence.status(of: path)
    // Opening a device can have an effect: a tape rewinds.
    guard found.type == S_IFREG else { throw File.irregular(path, found) }
    // Without O_NONBLOCK, opening a named pipe, if it took the file's place, waits for its writer.
    descriptor = try fence.open(path, O_RDONLY | O_NONBLOCK, for: .reading)
    try File.checkIsData(descriptor, path)
    guard let status = descriptor.status else { throw File.fault(errno, path) }
    self.path = path
    size = Int(status.st_size)
    written = status.st_mtim
  }

  /// Calls `body` with the descriptor, which stays this file's.
  package func withDescriptor<T>(_ body: (Int32) -> T) -> T { body(descriptor.number) }

  /// The number of bytes read between checkpoints.
  private static let piece = 1 << 24

  /// Throws `io` if the file has changed since it was opened: its size differs, or it has been
  /// written to.
  ///
  /// This concerns the open inode: renaming another file over it, or removing its name, does not
  /// change it.
  package func checkUnchanged() throws(Fault) {
    guard let status = descriptor.status else { throw File.fault(errno, path) }
    let now = Int(status.st_size)
    guard now == size else { throw File.changed(path, "\(size) bytes have become \(now)") }
    guard status.st_mtim.tv_sec == written.tv_sec, status.st_mtim.tv_nsec == written.tv_nsec else {
      throw File.changed(path, "it has been written to")
    }
  }

  /// Fills `out` from byte `offset` on; returns the number of bytes, which is smaller only at the
  /// end of the file. Throws `io`.
  package func read(into out: UnsafeMutableRawBufferPointer, at offset: Int) throws(Fault) -> Int {
    var count = 0
    while count < out.count {
      let got = pread(
        descriptor.number, out.baseAddress! + count, out.count - count, offset + count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw File.fault(errno, path) }
      if got == 0 { break }
      count += got
    }
    return count
  }

  /// Returns `count` bytes from `offset` on, or as many as exist; calls `checkpoint` between
  /// pieces. Throws `io` and `memory`.
  package func bytes(
    at offset: Int, count: Int, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> [UInt8] {
    let there = max(0, min(count, size - offset))
    try Memory.require(there, for: path)
    var failure: Fault?
    let bytes = [UInt8](unsafeUninitializedCapacity: there) { buffer, filled in
      do throws(Fault) {
        let out = UnsafeMutableRawBufferPointer(buffer)
        for start in stride(from: 0, to: there, by: Self.piece) {
          try checkpoint()
          let part = UnsafeMutableRawBufferPointer(
            rebasing: out[start..<min(start + Self.piece, there)])
          let got = try read(into: part, at: offset + start)
          filled += got
          if got < part.count { break }
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}
