import Glibc
import JSON

/// The temporary file beside a target, which is renamed over the target.
///
/// Its name is `.elbo-TARGET-NUMBER`: a hash of the target's name, and a random number, so that
/// abandoned files never exhaust the names. Its writer holds a lock on it, which ends with the
/// writer's process in any case. So a temporary that can be locked was left by a process that has
/// ended, even if its process number is in use again, in this container or another; the next save
/// of the same target removes it. A nameless file (`O_TMPFILE`) would leave less behind, but needs
/// a name before it can replace another, needs `/proc` for that, and not every file system supports
/// it.
struct Temporary {
  /// Its name in the target's folder.
  let name: String
  let descriptor: Int32

  /// Makes an empty file beside the target. Throws the faults of the system, about the target's
  /// path.
  init(of target: Destination) throws(Fault) {
    let prefix = Self.prefix(target.name)
    let folder = target.folder.number
    // No other program makes such names; the attempts are for a writer that takes this file for an
    // abandoned one.
    for _ in 0..<16 {
      let name = prefix + hexadecimal(UInt64.random(in: 0 ... .max))
      let file = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if file < 0, errno == EEXIST || errno == EINTR { continue }
      guard file >= 0 else { throw File.fault(errno, target.path) }
      // On a file system without locks no file counts as abandoned.
      if flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
        Self.isNamed(name, in: folder, file)
      {
        (self.name, descriptor) = (name, file)
        return
      }
      close(file)
    }
    throw File.fault(EEXIST, target.path)
  }

  /// Removes the files of this target that dead processes have left: regular files of this user
  /// that are not locked. Files that cannot be examined stay.
  static func removeLeft(of target: Destination) {
    let prefix = prefix(target.name)
    for name in names(in: target.folder)
    where name.hasPrefix(prefix) && isNumber(name.dropFirst(prefix.count)) {
      removeIfLeft(name, in: target.folder.number)
    }
  }

  /// Removes those of every target in a folder.
  static func removeLeft(in folder: Descriptor) {
    for name in names(in: folder) {
      let parts = name.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == ".elbo", isNumber(parts[1]), isNumber(parts[2]) else {
        continue
      }
      removeIfLeft(name, in: folder.number)
    }
  }

  /// Returns the names in a folder; none if it cannot be read.
  static func names(in folder: Descriptor) -> [String] {
    let listed = folder.listed()
    guard listed >= 0 else { return [] }
    guard let entries = fdopendir(listed) else {
      close(listed)
      return []
    }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }

  private static func removeIfLeft(_ name: String, in folder: Int32) {
    let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.type == S_IFREG, status.st_uid == geteuid(),
      status.st_nlink == 1, flock(file, LOCK_EX | LOCK_NB) == 0, isNamed(name, in: folder, file)
    else { return }
    unlinkat(folder, name, 0)
  }

  /// Returns whether the open file still has this name.
  static func isNamed(_ name: String, in folder: Int32, _ file: Int32) -> Bool {
    var (open, named) = (stat(), stat())
    return fstat(file, &open) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0
      && open.st_ino == named.st_ino && open.st_dev == named.st_dev
  }

  private static func prefix(_ name: String) -> String {
    // FNV-1a, which is the same in every process, unlike Swift's own hashes.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    return ".elbo-\(hexadecimal(hash))-"
  }

  static func isNumber(_ text: Substring) -> Bool {
    text.utf8.count == 16
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}

/// Returns sixteen digits.
func hexadecimal(_ number: UInt64) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
