import Glibc
import JSON

/// A private folder in the fence, where clients put arrays that are too large for a line.
///
/// Its name is `.elbo-scratch-PROCESS-NUMBER`. The process holds a lock on it, which ends with the
/// process in any case; so a folder that can be locked was left by a process that has ended, and
/// the next start removes it (as `Temporary` does with files).
package final class Scratch: Sendable {
  package let path: String
  private let root: Descriptor
  private let name: String
  /// Holds the lock.
  private let folder: Descriptor

  private static let prefix = ".elbo-scratch-"

  /// Makes the folder, and removes those of ended processes. Throws `io`, `denied` and `noSpace`.
  init(in root: FencedFolder) throws(Fault) {
    Self.removeLeft(in: root.descriptor)
    let place = root.descriptor.number
    for _ in 0..<16 {
      let name = "\(Self.prefix)\(getpid())-\(hexadecimal(UInt64.random(in: 0 ... .max)))"
      guard mkdirat(place, name, 0o700) == 0 else { throw File.fault(errno, root.path) }
      // A process that starts at the same time may take it for an abandoned one.
      guard let folder = Self.lock(name, in: place) else { continue }
      self.root = root.descriptor
      self.name = name
      self.folder = folder
      path = "\(root.path == "/" ? "" : root.path)/\(name)"
      return
    }
    throw File.fault(EEXIST, root.path)
  }

  /// Removes the folder with everything in it.
  package func remove() { Self.remove(name, in: root.number) }

  private static func removeLeft(in root: Descriptor) {
    for name in Temporary.names(in: root) where isScratch(name) {
      guard let folder = lock(name, in: root.number) else { continue }
      remove(name, in: root.number)
      withExtendedLifetime(folder) {}
    }
  }

  private static func isScratch(_ name: String) -> Bool {
    guard name.hasPrefix(prefix) else { return false }
    let parts = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2 && Int(parts[0]) != nil && Temporary.isNumber(parts[1])
  }

  /// Returns a folder of this user, locked; nil if another process has it, or it is none.
  private static func lock(_ name: String, in root: Int32) -> Descriptor? {
    let number = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard number >= 0 else { return nil }
    let folder = Descriptor(number)
    guard folder.status?.st_uid == geteuid(), flock(number, LOCK_EX | LOCK_NB) == 0,
      Temporary.isNamed(name, in: root, number)
    else { return nil }
    return folder
  }

  /// Removes a folder, and folders in it to a depth of 32. Links are removed, never followed.
  private static func remove(_ name: String, in parent: Int32, depth: Int = 32) {
    let number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard number >= 0, depth > 0 else { return }
    let folder = Descriptor(number)
    for entry in Temporary.names(in: folder) where entry != "." && entry != ".." {
      if unlinkat(number, entry, 0) != 0, errno == EISDIR {
        remove(entry, in: number, depth: depth - 1)
      }
    }
    unlinkat(parent, name, AT_REMOVEDIR)
  }
}
