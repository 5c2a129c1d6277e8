import Glibc
import JSON

/// Messages between the process of the client and a rank, over a socket.
///
/// A message is a byte for its kind, eight for the number of the call it belongs to, eight for its
/// length, and its bytes.
struct Channel: Sendable {
  enum Kind: UInt8 {
    /// From a rank: its number; it ends because another has; the session can begin; it cannot.
    case hello, leaving, ready, refused
    /// To the first rank: a method, an update of the background run, a stop, the end.
    case call, advance, stop, close
    /// From the first rank: progress, what a call has given, what could not be saved.
    case progress, reply, closed
  }

  struct Message: Sendable {
    let kind: Kind
    var call = 0
    var bytes: [UInt8] = []
  }

  let descriptor: Int32

  /// The bytes before those of a message.
  static let head = 17

  /// Sends a message; returns false if nobody listens. One thread at a time may send.
  @discardableResult
  func send(_ message: Message) -> Bool {
    var head = [message.kind.rawValue]
    for number in [message.call, message.bytes.count] {
      withUnsafeBytes(of: number.littleEndian) { head.append(contentsOf: $0) }
    }
    return (head + message.bytes).withUnsafeBytes { all in
      var sent = 0
      while sent < all.count {
        let count = Glibc.send(
          descriptor, all.baseAddress.map { $0 + sent }, all.count - sent, Int32(MSG_NOSIGNAL))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }

  /// Waits for a message; returns nil at the end of all.
  func receive() -> Message? {
    guard let head = read(Self.head), let kind = Kind(rawValue: head[0]) else { return nil }
    func number(_ start: Int) -> Int {
      head[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    guard let bytes = read(number(9)) else { return nil }
    return Message(kind: kind, call: number(1), bytes: bytes)
  }

  private func read(_ count: Int) -> [UInt8]? {
    guard count >= 0 else { return nil }
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let part = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
        if part < 0, errno == EINTR { continue }
        guard part > 0 else {
          isWhole = false
          return
        }
        filled += part
      }
    }
    return isWhole ? bytes : nil
  }

  // MARK: - Sockets

  /// Listens at a path. Throws `io`.
  static func listen(at path: String) throws(Fault) -> Int32 {
    let descriptor = try socket()
    guard address(path, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 128) == 0
    else { throw Fault(.io, "no socket at \(path): \(systemMessage())") }
    return descriptor
  }

  /// Connects to a path; returns nil if nobody listens there.
  static func connect(to path: String) -> Channel? {
    guard let descriptor = try? socket() else { return nil }
    guard address(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
      Glibc.close(descriptor)
      return nil
    }
    return Channel(descriptor: descriptor)
  }

  private static func socket() throws(Fault) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = Glibc.socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw Fault(.io, "no socket: \(systemMessage())") }
    return descriptor
  }

  private static func address(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      errno = ENAMETOOLONG
      return -1
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
