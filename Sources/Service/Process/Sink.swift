import CGlibc
import Glibc

/// Where the bytes of the replies go.
protocol Sink: Sendable {
  /// Writes a first part of the bytes and returns how many they were; nil once nobody will ever
  /// read.
  ///
  /// Without `waiting` it returns 0 instead of blocking.
  func write(_ bytes: UnsafeRawBufferPointer, waiting: Bool) -> Int?
}

/// A pipe, a socket, a terminal or a file.
struct DescriptorSink: Sink {
  let descriptor: Int32

  /// A pipe that polls as writable takes this many bytes without blocking. (Making it non-blocking
  /// instead would change it for everyone who shares it: the shell's terminal, say.)
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

  /// Linux writes to a pipe without waiting where it is asked to, in one call; elsewhere it takes
  /// two, and small parts.
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

  /// Whether it takes bytes now, after at most `milliseconds` (-1: for ever); nil when its reader
  /// is gone.
  private func poll(for milliseconds: Int32) -> Bool? {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while Glibc.poll(&entry, 1, milliseconds) < 0 {
      if errno != EINTR { return nil }
    }
    if Int32(entry.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0 { return nil }
    return Int32(entry.revents) & POLLOUT != 0
  }
}
