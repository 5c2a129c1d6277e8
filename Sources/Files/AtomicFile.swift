import Glibc
import JSON

/// A file that replaces its target only when it is complete.
///
/// The bytes go to a temporary file in the same folder, which is synchronised and renamed over the
/// old file; then the folder is synchronised. A file that is not kept leaves nothing behind; the
/// next writer of the same file removes what a killed process has left (`Temporary`). Throws `io`,
/// `denied` and `noSpace`.
package struct AtomicFile: ~Copyable {
  /// The size and digest of a file that was kept.
  package struct Receipt: Sendable, Equatable {
    package let bytes: Int
    package let sha256: String
  }

  private let path: String
  private let target: String
  private let temporary: String
  private let file: Int32
  private var digest = SHA256()
  private var isKept = false

  package init(replacing path: String) throws(Fault) {
    let place = try Self.place(path)
    self.path = path
    target = place.target
    temporary = place.temporary
    file = place.file
  }

  private static func place(_ path: String) throws(Fault)
    -> (target: String, temporary: String, file: Int32)
  {
    try File.check(path)
    var target = path
    var mode: mode_t?
    var status = stat()
    if stat(path, &status) == 0 {
      // Renaming over a device or a pipe would remove it.
      guard status.st_mode & S_IFMT == S_IFREG else { throw File.irregular(path, status) }
      mode = status.st_mode & 0o7777
      // A link stays a link; the file it points to is replaced.
      if let resolved = realpath(path, nil) {
        target = String(cString: resolved)
        free(resolved)
      }
    } else if errno != ENOENT {
      throw File.fault(errno, path)
    }
    let (folder, name) = parts(of: target)
    guard !name.isEmpty else { throw File.fault(folder.isEmpty ? ENOENT : EISDIR, path) }
    Temporary.removeLeft(in: folder, of: name)
    let temporary = try Temporary(in: folder, of: name, path)
    if let mode { fchmod(temporary.descriptor, mode) }
    return (target, temporary.path, temporary.descriptor)
  }

  /// Writes more bytes.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
    digest.update(bytes)
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let done = write(file, part.baseAddress, part.count)
      if done < 0, errno == EINTR { continue }
      guard done >= 0 else { throw File.fault(errno, path) }
      rest = rest.dropFirst(done)
    }
  }

  /// Writes the bytes of an array of numbers, and calls `checkpoint` between pieces.
  package mutating func append<T: BitwiseCopyable>(
    _ values: [T], checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    // A rethrowing closure would widen the error's type.
    var failure: Fault?
    values.withUnsafeBytes { bytes in
      do throws(Fault) {
        for start in stride(from: 0, to: bytes.count, by: Self.piece) {
          try checkpoint()
          let end = min(start + Self.piece, bytes.count)
          try append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// The number of bytes written between checkpoints.
  private static let piece = 1 << 24

  /// Renames the file over its target.
  package consuming func keep() throws(Fault) -> Receipt {
    guard fsync(file) == 0, rename(temporary, target) == 0 else { throw File.fault(errno, path) }
    isKept = true
    let (folder, _) = Self.parts(of: target)
    let place = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // Some file systems cannot synchronise a folder, and a folder may be writable but not readable.
    if place >= 0 {
      let isSynchronised = fsync(place) == 0 || errno == EINVAL
      let code = errno
      close(place)
      guard isSynchronised else { throw File.fault(code, path) }
    }
    let bytes = digest.count
    return Receipt(bytes: bytes, sha256: digest.finish())
  }

  deinit {
    close(file)
    if !isKept { unlink(temporary) }
  }

  /// Returns the folder with its slash, and the name within it.
  private static func parts(of path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }
}
