import Glibc
import JSON

/// The names in a folder, without those that begin with a dot.
package struct FolderListing: Sendable {
  /// Unordered.
  package var files: [String] = []
  package var folders: [String] = []
  /// The number of names that begin with a dot.
  package var hidden = 0
  /// The number of entries that are neither files nor folders: pipes, sockets, devices.
  package var others = 0

  /// Links count as what they point to; one that leads out of the fence is refused. Throws `io` and
  /// `denied`.
  package init(_ path: String, in fence: Fence = .current) throws(Fault) {
    try File.check(path)
    let listed = try fence.open(path, O_RDONLY | O_DIRECTORY, for: .reading).listed()
    guard listed >= 0, let folder = fdopendir(listed) else { throw File.fault(errno, path) }
    defer { closedir(folder) }
    while true {
      errno = 0
      guard let entry = readdir(folder) else { break }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if bytes.first == UInt8(ascii: ".") {
        if ![[0x2E], [0x2E, 0x2E]].contains(bytes) { hidden += 1 }
        continue
      }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        let shown = JSON.string(String(decoding: bytes, as: UTF8.self)).excerpt
        throw Fault(.io, "\(path): the name \(shown) is not UTF-8")
      }
      let status = try fence.status(of: "\(path)/\(name)")
      // A folder may have millions of names.
      try Memory.require(3 * (bytes.count + 32), for: "the names in \(path)")
      switch status.st_mode & S_IFMT {
      case S_IFDIR: folders.append(name)
      case S_IFREG: files.append(name)
      default: others += 1
      }
    }
    guard errno == 0 else { throw File.fault(errno, path) }
  }
}
