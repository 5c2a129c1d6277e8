import Glibc
import JSON

/// Files read whole, and the faults of the file system.
public enum File {
  /// The bytes of a regular file; `checkpoint` is called between pieces of it.
  ///
  /// Throws `io`, `denied` and `memory`.
  public static func read(
    _ path: String, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> [UInt8] {
    let file = try OpenFile(path)
    return try file.bytes(at: 0, count: file.size, checkpoint: checkpoint)
  }

  /// The fault of a failed system call, in the system's own words.
  public static func fault(_ code: Int32, _ path: String) -> Fault {
    let message = "\(path): \(String(cString: strerror(code)))"
    return switch code {
    case EACCES, EPERM, EROFS: Fault(.denied, message)
    case ENOSPC, EDQUOT: Fault(.noSpace, message)
    case EFBIG:
      Fault(.noSpace, message, hint: "the process may not write so much: see ulimit -f")
    case ENOMEM: Fault(.memory, message)
    case ENOENT where !path.hasPrefix("/"):
      Fault(.io, message, hint: "relative paths begin in the folder that elbo was started in")
    default: Fault(.io, message)
    }
  }

  /// A file that breaks a rule of its format, and where.
  public static func bad(
    _ path: String, at offset: Int, _ rule: String, hint: String? = nil
  ) -> Fault {
    Fault(.badFile, "\(path), byte \(offset): \(rule)", hint: hint)
  }

  /// A table that breaks a rule of its format, and where: both are counted from 1.
  public static func bad(
    _ path: String, line: Int, column: String?, _ rule: String, hint: String? = nil
  ) -> Fault {
    let place = column.map { ", column \($0)" } ?? ""
    return Fault(.badFile, "\(path), line \(line)\(place): \(rule)", hint: hint)
  }

  /// A file that has fewer bytes than when it was opened.
  public static func shrunk(_ path: String) -> Fault {
    Fault(
      .io, "\(path): has become shorter since it was opened",
      hint: "load it again; write a new file and rename it over the old one instead")
  }

  /// A file whose rows are read again and again, and which is not as it was when it was opened.
  static func changed(_ path: String, _ what: String) -> Fault {
    Fault(
      .io, "\(path): has changed since it was loaded: \(what)",
      expected: "the file as it was", got: what,
      hint: "load it again; write a new file and rename it over the old one instead")
  }

  /// Makes a folder where there is none. Throws `io`.
  public static func makeFolder(_ path: String) throws(Fault) {
    guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    throw fault(errno, path)
  }

  /// A path with a NUL would be another path to the system, and an empty one has no name in its
  /// message.
  static func check(_ path: String) throws(Fault) {
    guard !path.isEmpty else {
      throw .misfit(.io, expected: "a path", got: "\"\"", hint: "an empty path names no file")
    }
    guard !path.utf8.contains(0) else {
      throw Fault(.io, "a path has no NUL", got: JSON.string(path).excerpt)
    }
  }

  static func irregular(_ path: String, _ status: stat) -> Fault {
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    return Fault(.io, "\(path): \(isFolder ? "is a folder" : "is not a regular file")")
  }
}

/// Little-endian numbers of a file's bytes. The machines this runs on are little-endian too, so
/// they are copied.
extension [UInt8] {
  /// `count` values of a trivial type from byte `offset` on; the caller has checked that they are
  /// there.
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

  /// The little-endian number in `width` bytes from `offset` on.
  package func word(at offset: Int, width: Int) -> UInt64 {
    self[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
