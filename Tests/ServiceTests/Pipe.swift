import Glibc
import JSON

/// A pipe of the operating system.
final class Pipe: Sendable {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Fault(.io, "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit { close(reading) }

  /// Closes the writing end and reads the rest.
  func readAll() -> String {
    close(writing)
    return String(decoding: read(upTo: .max), as: UTF8.self)
  }

  /// Reads up to `limit` bytes, or to the end.
  func read(upTo limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < limit {
      let count = Glibc.read(reading, &buffer, min(buffer.count, limit - bytes.count))
      if count <= 0 { break }
      bytes += buffer.prefix(count)
    }
    return bytes
  }
}
