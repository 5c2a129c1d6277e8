/// The control groups of this process, and the memory that they have left.
///
/// The kernel lists a process's groups in `/proc/self/cgroup`, one line for each hierarchy:
/// `0::/a/b` for the unified one (version 2), `4:memory:/a/b` for the memory hierarchy (version 1).
/// Each of the folders from `/a/b` up to the root may have a limit, and the smallest remainder
/// counts. In a container the names may be those of the host, or point outside the mount
/// (`/../..`): the root of the mount is then the group. Pages of files count as used, but the
/// kernel releases them when memory is short.
struct ControlGroups {
  /// In bytes; nil if there is no limit, or none that is visible.
  let room: Int?

  /// `root` replaces the root of the file system.
  init(root: String = "") {
    let mount = root + "/sys/fs/cgroup"
    var rooms: [Int] = []
    for line in (SmallFile.text(root + "/proc/self/cgroup") ?? "").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isUnified = parts[0] == "0" && parts[1].isEmpty
      if !isUnified, !parts[1].split(separator: ",").contains("memory") { continue }
      // If both versions are in use the unified one has its own folder.
      let mounts = isUnified ? [mount, mount + "/unified"] : [mount + "/memory"]
      for mount in mounts {
        for folder in Self.folders(mount, String(parts[2])) {
          if let room = isUnified ? Self.second(folder) : Self.first(folder) { rooms.append(room) }
        }
      }
    }
    room = rooms.min()
  }

  /// Returns the folder and its parents, up to the mount.
  private static func folders(_ mount: String, _ path: String) -> [String] {
    var folder = mount
    var folders = [folder]
    for name in path.split(separator: "/") where name != ".." {
      folder += "/" + name
      folders.append(folder)
    }
    return folders
  }

  private static func second(_ folder: String) -> Int? {
    let limits = ["/memory.max", "/memory.high"].compactMap { SmallFile.number(folder + $0) }
    guard let limit = limits.min(), let used = SmallFile.number(folder + "/memory.current") else {
      return nil
    }
    return left(limit, used, folder, "inactive_file ", "active_file ")
  }

  private static func first(_ folder: String) -> Int? {
    guard let limit = SmallFile.number(folder + "/memory.limit_in_bytes"), limit < 1 << 60,
      let used = SmallFile.number(folder + "/memory.usage_in_bytes")
    else { return nil }
    return left(limit, used, folder, "total_inactive_file ", "total_active_file ")
  }

  private static func left(
    _ limit: Int, _ used: Int, _ folder: String, _ files: String...
  ) -> Int {
    let statistics = SmallFile.text(folder + "/memory.stat") ?? ""
    let pages = files.reduce(0) { $0 + (statistics.value($1) ?? 0) }
    return max(0, limit - max(0, used - pages))
  }
}
