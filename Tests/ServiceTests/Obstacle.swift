import Glibc
import TestSupport

@testable import Service

/// What keeps a process from writing into a folder, and can be taken away again.
enum Obstacle: String, CaseIterable, Sendable {
  /// A file system without room: a small one in memory, in a mount namespace of the process.
  case fullDisk
  /// `ulimit -f`.
  case fileSize
  /// A folder without the right to write, and a process without root's rights.
  case readOnlyFolder

  /// The error that it gives.
  var code: Int {
    switch self {
    case .fullDisk, .fileSize: 1304
    case .readOnlyFolder: 1301
    }
  }

  /// The system's words for it.
  var words: String {
    switch self {
    case .fullDisk: "No space left on device"
    case .fileSize: "File too large"
    case .readOnlyFolder: "Permission denied"
    }
  }

  /// Those that this system allows.
  static let permitted = allCases.filter { obstacle in
    switch obstacle {
    case .fileSize: true
    case .fullDisk:
      system("unshare -rm mount -t tmpfs -o size=1m tmpfs /mnt 2>/dev/null") == 0
    case .readOnlyFolder: system("unshare -U true 2>/dev/null") == 0
    }
  }

  /// Starts the program, which sees `folder` as a folder that it can write to.
  func child(_ folder: String, _ arguments: [String]) throws -> Child {
    let serve = ([Child.binary, "serve"] + arguments).joined(separator: " ")
    return switch self {
    case .fullDisk:
      try Child(
        ["-rm", "sh", "-c", "mount -t tmpfs -o size=4m tmpfs \(folder) && exec \(serve)"],
        of: "/usr/bin/unshare", in: ["PATH=/usr/bin:/bin"])
    case .fileSize: try Child(["serve"] + arguments, of: Child.binary)
    case .readOnlyFolder:
      try Child(
        ["-U", "sh", "-c", "exec \(serve)"], of: "/usr/bin/unshare", in: ["PATH=/usr/bin:/bin"])
    }
  }

  /// Returns where this process sees the folder of the child.
  func view(of folder: String, in child: Child) -> String {
    switch self {
    case .fullDisk: "/proc/\(child.process)/root\(folder)"
    case .fileSize, .readOnlyFolder: folder
    }
  }

  /// Puts the obstacle up, or takes it away; returns whether that was done.
  func set(_ isUp: Bool, at folder: String, for child: Child) -> Bool {
    let view = view(of: folder, in: child)
    switch self {
    case .fullDisk:
      let filler = view + "/filler"
      if !isUp { return unlink(filler) == 0 }
      let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      let page = [UInt8](repeating: 0, count: 4096)
      while write(file, page, page.count) > 0 {}
      let isFull = errno == ENOSPC
      close(file)
      return isFull
    case .fileSize:
      let limit = isUp ? "100:" : "unlimited:"
      return system("prlimit --pid \(child.process) --fsize=\(limit)") == 0
    case .readOnlyFolder:
      return system("find '\(folder)' -type d -exec chmod \(isUp ? "a-w" : "u+w") {} +") == 0
    }
  }
}
