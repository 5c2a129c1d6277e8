import Glibc
import JSON

/// A file that replaces its target only when it is complete: every file that the program writes.
///
/// The bytes go to a temporary file in the same folder, which is synchronised and renamed over the
/// old file; then the folder is synchronised. A file that is not kept leaves nothing behind; the
/// next writer of the same file removes what a killed process has left (`Temporary`).
///
/// It follows no link in the last component, and replaces only regular files: those of its own
/// kind, and others if the caller says `replace`. This is checked before the first byte is written,
/// and again before the file is renamed, since a long save leaves time for another file to appear.
/// What appears between the last check and the renaming is replaced, but never followed. Throws
/// `io`, `denied` and `noSpace`, and `params` for a name that ends as those of another format do.
package struct AtomicFile: ~Copyable {
  /// The size and digest of a file that was kept.
  package struct Receipt: Sendable, Equatable {
    package let bytes: Int
    package let sha256: String
  }

  private let kind: FileKind
  private let mayReplace: Bool
  private let destination: Destination
  private let temporary: Temporary
  private var digest = SHA256()
  private var isKept = false

  /// Makes a file of this `kind`; `replace` allows it to replace one of another kind.
  package init(
    _ kind: FileKind, at path: String, replace: Bool = false, in fence: Fence = .current
  ) throws(Fault) {
    try kind.check(path)
    let destination = try Destination(path, in: fence)
    let mode = try destination.check(for: kind, mayReplace: replace)
    Temporary.removeLeft(of: destination)
    let temporary = try Temporary(of: destination)
    if let mode { fchmod(temporary.descriptor, mode) }
    self.kind = kind
    self.destination = destination
    self.temporary = temporary
    mayReplace = replace
  }

  /// Writes more bytes.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
    digest.update(bytes)
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let done = write(temporary.descriptor, part.baseAddress, part.count)
      if done < 0, errno == EINTR { continue }
      guard done >= 0 else { throw File.fault(errno, destination.path) }
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
    try rename()
    let bytes = digest.count
    return Receipt(bytes: bytes, sha256: digest.finish())
  }

  /// Renames the file over its target, and returns a descriptor that writes on at its end: for a
  /// log, whose last lines before a crash matter most.
  package consuming func keepOpen() throws(Fault) -> Int32 {
    try rename()
    let file = fcntl(temporary.descriptor, F_DUPFD_CLOEXEC, 3)
    guard file >= 0 else { throw File.fault(errno, destination.path) }
    return file
  }

  private mutating func rename() throws(Fault) {
    guard fsync(temporary.descriptor) == 0 else { throw File.fault(errno, destination.path) }
    _ = try destination.check(for: kind, mayReplace: mayReplace)
    let folder = destination.folder.number
    guard renameat(folder, temporary.name, folder, destination.name) == 0 else {
      throw File.fault(errno, destination.path)
    }
    isKept = true
    try destination.synchronise()
  }

  deinit {
    if !isKept { unlinkat(destination.folder.number, temporary.name, 0) }
    close(temporary.descriptor)
  }
}
