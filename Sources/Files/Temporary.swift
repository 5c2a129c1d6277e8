import Glibc
import JSON

/// The file beside a target that is written until it takes the target's place.
///
/// Its name is `.elbo-TARGET-NUMBER`: a hash of the target's name, and a random number, so that no
/// number of left ones is in the way. It is locked as long as its writer lives, and a lock ends
/// with its process however that ends. So a temporary that can be locked was left by a process that
/// is gone, whatever the process's number means by now, in this container or another; the next save
/// of the same target removes it. A nameless file (`O_TMPFILE`) would leave less, but has to get a
/// name before it can replace another, needs `/proc` for that, and not every file system has one.
struct Temporary {
  let path: String
  let descriptor: Int32

  /// Makes an empty one in `folder` (with its slash, or empty). Throws the faults of the system,
  /// about the target's `path`.
  init(in folder: String, of name: String, _ target: String) throws(Fault) {
    let prefix = Self.prefix(name)
    // Nobody else makes names like ours; a few attempts are for one that takes ours for left.
    for _ in 0..<16 {
      let path = folder + prefix + hexadecimal(UInt64.random(in: 0 ... .max))
      let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if file < 0, errno == EEXIST || errno == EINTR { continue }
      guard file >= 0 else { throw File.fault(errno, target) }
      // Where the file system knows no locks, nothing is ever taken for left.
      if flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK, Self.isNamed(path, file) {
        (self.path, descriptor) = (path, file)
        return
      }
      close(file)
    }
    throw File.fault(EEXIST, target)
  }

  /// Removes what dead processes have left of this target: our own regular files that nobody has
  /// locked. What cannot be looked at stays.
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

  /// Whether the open file still has that name.
  private static func isNamed(_ path: String, _ file: Int32) -> Bool {
    var (open, named) = (stat(), stat())
    return fstat(file, &open) == 0 && lstat(path, &named) == 0 && open.st_ino == named.st_ino
      && open.st_dev == named.st_dev
  }

  private static func prefix(_ name: String) -> String {
    // FNV-1a: the same in every process, which Swift's own hashes are not.
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

/// Sixteen digits.
private func hexadecimal(_ number: UInt64) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
