import CGlibc
import Files
import Glibc
import JSON

/// The bounds that the kernel sets to the whole process: Landlock to its files, seccomp to its
/// system calls.
///
/// The fence holds for the paths of requests; this holds for all code in the process too, such as a
/// library that decodes a file; no program may be started. Whoever starts the process names what is
/// opened before: plug-ins and the recording.
enum Sandbox {
  /// Rights to files, by Landlock's numbers.
  private struct Rights: OptionSet {
    let rawValue: UInt64

    static let writeFile = Rights(rawValue: 1 << 1)
    static let readFile = Rights(rawValue: 1 << 2)
    static let readFolder = Rights(rawValue: 1 << 3)
    static let removeFolder = Rights(rawValue: 1 << 4)
    static let removeFile = Rights(rawValue: 1 << 5)
    static let makeFolder = Rights(rawValue: 1 << 7)
    static let makeFile = Rights(rawValue: 1 << 8)
    static let truncate = Rights(rawValue: 1 << 14)

    static let reading: Rights = [.readFile, .readFolder]
    static let writing: Rights = [
      .reading, .writeFile, .removeFolder, .removeFile, .makeFolder, .makeFile, .truncate,
    ]
    /// Those that a rule about a file, which is no folder, can have.
    static let ofFiles: Rights = [.writeFile, .readFile, .truncate]

    /// All that this version knows, and so forbids where nothing allows them.
    static func known(to version: Int32) -> Rights {
      Rights(rawValue: version >= 5 ? 0xFFFF : 0x7FFF)
    }
  }

  /// What the engine reads about its machine, and the libraries that the system's loads on demand.
  private static let system = [
    "/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/sys/fs/cgroup", "/sys/devices/system",
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
  ]
  /// Closes the sandbox for good; returns what it is, in words.
  ///
  /// It has to be called by the only thread, since Landlock holds for the thread that calls it and
  /// those that it starts. Throws `params` if the kernel cannot do it.
  static func close(_ fence: Fence) throws(Fault) -> String {
    let threads = try? FolderListing("/proc/self/task", in: .none).folders.count
    guard threads == nil || threads == 1 else {
      throw Fault(.params, "--sandbox: a plug-in has started threads, which would be outside of it")
    }
    let version = elbo_landlock_version()
    // Before version 3 it cannot keep files outside from being cut short.
    guard version >= 3 else {
      throw refusal(
        "Landlock", "Linux 6.2 or later is needed, with landlock in /sys/kernel/security/lsm")
    }
    let known = Rights.known(to: version)
    // From version 6 on: no signals and no abstract sockets to processes outside.
    let rules = elbo_landlock_create(known.rawValue, version >= 6 ? 3 : 0)
    guard rules >= 0 else { throw refusal("Landlock", systemMessage()) }
    defer { Glibc.close(rules) }
    func allow(_ rights: Rights, _ path: String) {
      let place = open(path, elbo_open_path | O_CLOEXEC)
      guard place >= 0 else { return }
      defer { Glibc.close(place) }
      var status = stat()
      guard fstat(place, &status) == 0 else { return }
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      let allowed = rights.intersection(isFolder ? known : known.intersection(.ofFiles))
      _ = elbo_landlock_allow(rules, allowed.rawValue, place)
    }
    for path in system { allow(.reading, path) }
    allow([.readFile, .writeFile], "/dev/null")
    for path in fence.roots ?? [] { allow(.writing, path) }
    for path in fence.readable ?? ["/"] { allow(.reading, path) }
    guard elbo_renounce_privileges() == 0, elbo_landlock_restrict(rules) == 0 else {
      throw refusal("Landlock", systemMessage())
    }
    guard elbo_refuse_calls() == 0 else {
      throw refusal("seccomp", systemMessage())
    }
    return "Landlock \(version) and seccomp; no program may be started"
  }

  private static func refusal(_ part: String, _ reason: String) -> Fault {
    Fault(.params, "--sandbox: this system has no \(part): \(reason)")
  }
}
