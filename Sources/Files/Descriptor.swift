import Glibc

/// An open descriptor, which is closed with the value.
final class Descriptor: Sendable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  /// Returns the status of what is open.
  var status: stat? {
    var status = stat()
    return fstat(number, &status) == 0 ? status : nil
  }

  /// Returns a descriptor of the same folder that can be read; -1 with `errno` if it cannot be.
  func listed() -> Int32 { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
}

extension stat {
  /// The type of the file, such as `S_IFREG`.
  var type: mode_t { st_mode & S_IFMT }
}
