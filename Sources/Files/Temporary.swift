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
  let path: String
  let descriptor: Int32

  /// Makes an empty file in `folder` (with its slash, or empty). Throws the faults of the system,
  /// about the target's `path`.
  init(in folder: String, of name: String, _ target: String) throws(Fault) {
    let prefix = Self.prefix(name)
    // No other program makes such names; the attempts are for a writer that takes this file for an
    // abandoned one.
    for _ in 0..<16 {
      let path = folder + prefix + hexadecimal(UInt64.random(in: 0 ... .max))
      let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if file < 0, errno == EEXIST || errno == EINTR { continue }
      guard file >= 0 else { throw File.fault(errno, target) }
      // On a file system without locks no file counts as abandoned.
      if flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK, Self.isNamed(path, file) {
        (self.path, descriptor) = (path, file)
        return
      }
      close(file)
    }
    throw File.fault(EEXIST, target)
  }

  /// Removes the files of this target that dead processes have left: regular files of this user
  /// that are not locked. Files that cannot be examined stay.
  static func removeLeft(in folder: String, of name: String) {
    guard let entries = opendir(folder.isEmpty ? "." : folder) else { return }
    defer { closedir(entries) }
    let prefix = prefix(name)
    while let entry = readdir(entries) {
      let found = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard found.hasPrefix(prefix), isNumber(found.dropFirst(prefix.count)) else { continue }
      removeIfLeft(folder + found)
    }
  }

  private static func removeIfLeft(_ path: String) {
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_nlink == 1, flock(file, LOCK_EX | LOCK_NB) == 0,
      isNamed(path, file)
    else { return }
    unlink(path)
  }

  /// Returns whether the open file still has this name.
  private static func isNamed(_ path: String, _ file: Int32) -> Bool {
    var (open, named) = (stat(), stat())
    return fstat(file, &open) == 0 && lstat(path, &named) == 0 && open.st_ino == named.st_ino
      && open.st_dev == named.st_dev
  }

  private static func prefix(_ name: String) -> String {
    // FNV-1a, which is the same in every process, unlike Swift's own hashes.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    return ".elbo-\(hexadecimal(hash))-"
  }

  private static func isNumber(_ text: Substring) -> Bool {
    text.utf8.count == 16
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}

/// Returns sixteen digits.
private func hexadecimal(_ number: UInt64) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
