import CGlibc
import Glibc
import JSON

/// The place of a file that is to be written: its folder, held open, and its name there.
///
/// Everything is done relative to the open folder, so that a folder that is renamed or exchanged
/// meanwhile changes nothing. The name itself is never followed if it is a link.
struct Destination {
  let path: String
  let folder: Descriptor
  let name: String

  /// Throws `io` and `denied`.
  init(_ path: String, in fence: Fence) throws(Fault) {
    try File.check(path)
    let slash = path.lastIndex(of: "/")
    name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard !["", ".", ".."].contains(name) else { throw File.fault(EISDIR, path) }
    let place = slash.map { String(path[...$0]) } ?? "."
    folder = try fence.open(place, elbo_open_path | O_DIRECTORY, for: .writing, subject: path)
    self.path = path
  }

  /// Returns the mode of the file that a file of this `kind` would replace; nil if there is none.
  ///
  /// Throws `io` if it is no regular file, or if it is of another kind and `mayReplace` is false.
  func check(for kind: FileKind, mayReplace: Bool) throws(Fault) -> mode_t? {
    var status = stat()
    guard fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return nil }
      throw File.fault(errno, path)
    }
    guard status.type != S_IFLNK else {
      throw Fault(
        .io, "\(path): is a symbolic link, and nothing is written through a link",
        expected: "a regular file or none", got: "a symbolic link",
        hint: "give the path of the file that it points to, or remove the link")
    }
    // Renaming over a device or a pipe would remove it.
    guard status.type == S_IFREG else { throw File.irregular(path, status) }
    if !mayReplace, let found = kindThere(), found != kind {
      throw Fault(
        .io, "\(path): holds \(found.rawValue), where \(kind.rawValue) is to be written",
        expected: "\(kind.rawValue), an empty file or none", got: found.rawValue,
        hint: kind == .log
          ? "give another path, or remove the file"
          : "give another path, or \"replace\": true to replace it")
    }
    return status.st_mode & 0o7777
  }

  /// Returns the kind of the file; nil if it is empty or gone. What cannot be read is `other`.
  private func kindThere() -> FileKind? {
    let found = openat(folder.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard found >= 0 else { return errno == ENOENT ? nil : .other }
    let file = Descriptor(found)
    guard let status = file.status, status.type == S_IFREG else { return .other }
    var head = [UInt8](repeating: 0, count: FileKind.headLength)
    let count = pread(file.number, &head, head.count, 0)
    guard count >= 0 else { return .other }
    return count == 0 ? nil : FileKind(Array(head[..<count]), size: Int(status.st_size))
  }

  /// Synchronises the folder. Throws `io`.
  func synchronise() throws(Fault) {
    let listed = folder.listed()
    // Some file systems cannot synchronise a folder, and a folder may be writable but not readable.
    guard listed >= 0 else { return }
    let file = Descriptor(listed)
    guard fsync(file.number) == 0 || errno == EINVAL else { throw File.fault(errno, path) }
  }
}
