import CGlibc
import Glibc
import JSON

/// Reads whole files, and makes the faults of the file system.
package enum File {
  /// Returns the bytes of a regular file; calls `checkpoint` between pieces.
  ///
  /// Throws `io`, `denied` and `memory`.
  package static func read(
    _ path: String, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> [UInt8] {
    let file = try OpenFile(path)
    return try file.bytes(at: 0, count: file.size, checkpoint: checkpoint)
  }

  /// Returns the fault of a failed system call, with the system's message.
  package static func fault(_ code: Int32, _ path: String) -> Fault {
    let message = "\(path): \(String(cString: strerror(code)))"
    return switch code {
    case EACCES, EPERM, EROFS:
      Fault(.denied, message, hint: "use another path, or give elbo the right to this one")
    case ENOSPC, EDQUOT:
      Fault(.noSpace, message, hint: "make room there, or write to another place")
    case EFBIG:
      Fault(.noSpace, message, hint: "the process may not write this much: see ulimit -f")
    case ENOMEM: Fault(.memory, message)
    case ENOENT where !path.hasPrefix("/"):
      Fault(.io, message, hint: "relative paths start from the folder in which elbo was started")
    default: Fault(.io, message)
    }
  }

  /// Returns the fault of a file that breaks a rule of its format, with the offset.
  package static func bad(
    _ path: String, at offset: Int, _ rule: String, hint: String? = nil
  ) -> Fault {
    Fault(.badFile, "\(path), byte \(offset): \(rule)", hint: hint)
  }

  /// Returns the fault of a table that breaks a rule of its format; line and column are counted
  /// from 1.
  package static func bad(
    _ path: String, line: Int, column: String?, _ rule: String, hint: String? = nil,
    unit: String = "line"
  ) -> Fault {
    let place = column.map { ", column \($0)" } ?? ""
    return Fault(.badFile, "\(path), \(unit) \(line)\(place): \(rule)", hint: hint)
  }

  /// Returns the fault of a file that has fewer bytes than when it was opened.
  package static func shrunk(_ path: String) -> Fault {
    Fault(
      .io, "\(path): the file has become shorter since it was opened",
      hint: "load it again; to change a file in use, rename a new one over it")
  }

  /// Returns the fault of a file whose rows are read repeatedly, and that has changed since it was
  /// opened.
  static func changed(_ path: String, _ what: String) -> Fault {
    Fault(
      .io, "\(path): the file has changed since it was loaded: \(what)",
      expected: "the file as it was", got: what,
      hint: "load it again; to change a file in use, rename a new one over it")
  }

  /// Makes a folder unless it exists. Throws `io`, `denied` and `noSpace`.
  package static func makeFolder(
    _ path: String, in fence: Fence = .current
  ) throws(Fault) {
    try check(path)
    let isThere = try? fence.open(path, elbo_open_path | O_DIRECTORY, for: .writing)
    if isThere != nil { return }
    var name = path
    while name.count > 1, name.hasSuffix("/") { name.removeLast() }
    do throws(Fault) {
      let place = try Destination(name, in: fence)
      if mkdirat(place.folder.number, place.name, 0o777) == 0 { return }
      guard errno == EEXIST else { throw fault(errno, path) }
    } catch {
      guard error.kind == .io else { throw error }
      throw Fault(
        .io, error.message, expected: "a path whose folder exists", got: path,
        hint: "make the folder before it, or give another path")
    }
    // Another process may have made it meanwhile.
    if isFolder(path, in: fence) { return }
    throw Fault(
      .io, "\(path): is not a folder", expected: "a folder, or none yet",
      got: "what is not a folder", hint: "give another path, or remove what is there")
  }

  /// Removes a file; it need not exist. Throws `io` and `denied`.
  package static func remove(_ path: String, in fence: Fence = .current) throws(Fault) {
    let place = try Destination(path, in: fence)
    guard unlinkat(place.folder.number, place.name, 0) != 0, errno != ENOENT else { return }
    throw fault(errno, path)
  }

  /// Removes a folder if it is empty; it need not exist. Throws `io` and `denied`.
  package static func removeFolder(_ path: String, in fence: Fence = .current) throws(Fault) {
    let place = try Destination(path, in: fence)
    guard unlinkat(place.folder.number, place.name, AT_REMOVEDIR) != 0 else { return }
    guard ![ENOENT, ENOTEMPTY, EEXIST].contains(errno) else { return }
    throw fault(errno, path)
  }

  /// Removes the temporary files that dead processes have left in a folder. Throws `io` and
  /// `denied` if it cannot be opened.
  package static func removeTemporaries(
    in path: String, _ fence: Fence = .current
  ) throws(Fault) {
    Temporary.removeLeft(
      in: try fence.open(path, elbo_open_path | O_DIRECTORY, for: .writing))
  }

  /// Whether something that may be read has this path.
  package static func exists(_ path: String, in fence: Fence = .current) -> Bool {
    (try? fence.status(of: path)) != nil
  }

  /// Whether `path` is a folder that may be read.
  package static func isFolder(_ path: String, in fence: Fence = .current) -> Bool {
    (try? fence.status(of: path))?.type == S_IFDIR
  }

  /// Throws for a path with a NUL, which the system would cut short, and for an empty one, which
  /// would leave its message without a name.
  static func check(_ path: String) throws(Fault) {
    guard !path.isEmpty else {
      throw .misfit(.io, expected: "a path", got: "\"\"", hint: "an empty path names no file")
    }
    guard !path.utf8.contains(0) else {
      throw Fault(.io, "a path cannot contain a NUL", got: JSON.string(path).excerpt)
    }
  }

  /// Returns the fault of what is no regular file.
  static func irregular(_ path: String, _ status: stat) -> Fault {
    let what =
      switch status.type {
      case S_IFDIR: "a folder"
      case S_IFIFO: "a named pipe"
      case S_IFSOCK: "a socket"
      case S_IFCHR, S_IFBLK: "a device"
      default: "no regular file"
      }
    return Fault(
      .io, "\(path): is \(what)", expected: "a regular file", got: what,
      hint: status.type == S_IFDIR ? nil : "only regular files are read and written")
  }

  /// The magic numbers of `/proc`, `/sys` and what is mounted below them: statfs(2).
  private static let kernelFileSystems: Set<Int> = [
    0x9FA0, 0x6265_6572, 0x27_E0EB, 0x6367_7270, 0x6462_6720, 0x7472_6163, 0x7363_6673,
    0x6265_6570, 0xCAFE_4A11, 0xDE5E_81E4, 0x6165_676C, 0xF97C_FF8C, 0x4249_4E4D,
  ]

  /// Throws unless the open file is a regular file with data of its own. The files of `/proc` and
  /// `/sys` count as regular, but are made while they are read, by the kernel, about the machine
  /// and its processes.
  static func checkIsData(_ file: Descriptor, _ path: String) throws(Fault) {
    guard let status = file.status else { throw fault(errno, path) }
    guard status.type == S_IFREG else { throw irregular(path, status) }
    var system = statfs()
    guard fstatfs(file.number, &system) == 0 else { throw fault(errno, path) }
    guard !kernelFileSystems.contains(Int(system.f_type)) else {
      throw Fault(
        .io, "\(path): is a file of the kernel, which holds no data",
        expected: "a regular file outside /proc and /sys", got: "a file of /proc or /sys",
        hint: "copy it to a regular file")
    }
  }
}

/// Little-endian numbers in a file's bytes. The supported machines are little-endian too, so they
/// are copied.
extension [UInt8] {
  /// Returns `count` values of a trivial type from byte `offset` on; the caller has checked that
  /// they exist.
  package func values<T: BitwiseCopyable>(_ type: T.Type, at offset: Int, count: Int) -> [T] {
    let bytes = count * MemoryLayout<T>.stride
    precondition(offset >= 0 && offset + bytes <= self.count)
    return withUnsafeBytes { source in
      [T](unsafeUninitializedCapacity: count) { buffer, initialized in
        let slice = UnsafeRawBufferPointer(rebasing: source[offset..<offset + bytes])
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: slice)
        initialized = count
      }
    }
  }

  /// Returns the little-endian number in `width` bytes from `offset` on.
  package func word(at offset: Int, width: Int) -> UInt64 {
    self[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
