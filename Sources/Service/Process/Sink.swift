import CGlibc
import Glibc

/// The destination of the replies' bytes.
package protocol Sink: Sendable {
  /// Writes a first part of the bytes and returns its length; nil if there is no reader any more.
  ///
  /// Without `waiting` it returns 0 instead of blocking.
  func write(_ bytes: UnsafeRawBufferPointer, waiting: Bool) -> Int?
}

/// A pipe, a socket, a terminal or a file.
struct DescriptorSink: Sink {
  let descriptor: Int32

  /// A pipe that polls as writable accepts this many bytes without blocking. (Making it
  /// non-blocking would change it for every process that shares it, for example the shell's
  /// terminal.)
  private static let sure = 4096

  func write(_ bytes: UnsafeRawBufferPointer, waiting: Bool) -> Int? {
    if !waiting { return writeWithoutWaiting(bytes) }
    while true {
      let count = Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 16))
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: if poll(for: -1) == nil { return nil }
      default: return nil
      }
    }
  }

  /// Linux can write to a pipe without waiting in one call; elsewhere this takes two calls, in
  /// small parts.
  private func writeWithoutWaiting(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var part = iovec(
      iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    let count = pwritev2(descriptor, &part, 1, -1, Self.withoutWaiting)
    if count >= 0 { return count }
    switch errno {
    case EAGAIN: return poll(for: 0) == nil ? nil : 0
    case EPIPE: return nil
    default: break
    }
    while true {
      guard let isReady = poll(for: 0) else { return nil }
      if !isReady { return 0 }
      let count = Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, Self.sure))
      if count >= 0 { return count }
      if errno == EAGAIN { return 0 }
      if errno != EINTR { return nil }
    }
  }

  /// `RWF_NOWAIT` of the kernel.
  private static let withoutWaiting: Int32 = 8

  /// Returns whether it accepts bytes, after at most `milliseconds` (-1: no limit); nil if its
  /// reader is gone.
  private func poll(for milliseconds: Int32) -> Bool? {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while Glibc.poll(&entry, 1, milliseconds) < 0 {
      if errno != EINTR { return nil }
    }
    if Int32(entry.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0 { return nil }
    return Int32(entry.revents) & POLLOUT != 0
  }
}
