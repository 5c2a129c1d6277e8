import Glibc
import JSON

/// A file that grows by pieces, and belongs to one process.
///
/// The caller knows where its bytes end: whatever a killed process has left behind that place is
/// cut off before the next piece is written. The lock ends with the process in any case.
package final class AppendedFile: Sendable {
  package let path: String
  private let descriptor: Descriptor

  /// Opens the file, and makes it if there is none. Throws `io`, `denied` and `noSpace`, and
  /// `wrongState` if another process, or another owner in this one, has it open.
  package init(_ path: String, in fence: Fence = .current) throws(Fault) {
    let place = try Destination(path, in: fence)
    let number = openat(
      place.folder.number, place.name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o666
    )
    guard number >= 0 else { throw File.fault(errno, path) }
    let descriptor = Descriptor(number)
    guard let status = descriptor.status else { throw File.fault(errno, path) }
    guard status.type == S_IFREG else { throw File.irregular(path, status) }
    // A file system without locks gives another error, and no protection.
    if flock(number, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      throw Fault(
        .wrongState, "\(path): another run writes to this file",
        hint: "end that run, or choose another folder")
    }
    (self.path, self.descriptor) = (path, descriptor)
  }

  // Closing is not enough: a child that is just being made shares the descriptor until it starts.
  deinit { flock(descriptor.number, LOCK_UN) }

  /// The number of bytes in the file now.
  package func size() throws(Fault) -> Int {
    guard let status = descriptor.status else { throw File.fault(errno, path) }
    return Int(status.st_size)
  }

  /// Writes `bytes` at `offset` as the new end of the file, and synchronises it. Throws `io` if the
  /// file is shorter than `offset`, and `noSpace`.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Fault) {
    let size = try size()
    guard size >= offset else { throw File.shrunk(path) }
    if size > offset, ftruncate(descriptor.number, offset) != 0 { throw File.fault(errno, path) }
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(descriptor.number, rest.baseAddress, rest.count, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw File.fault(errno, path) }
      done += count
    }
    guard fsync(descriptor.number) == 0 else { throw File.fault(errno, path) }
  }
}
