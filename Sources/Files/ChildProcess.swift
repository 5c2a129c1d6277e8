import Glibc
import JSON

/// Other programs as children of this process.
package enum ChildProcess {
  /// Starts a program and returns its number; `streams` sets up its descriptors. Without an
  /// `environment` it has that of this process. Throws `io`.
  ///
  /// The child is in a process group of its own, so that Ctrl-C reaches this process alone, and has
  /// the default signals. In a session of its own it has no terminal to ask at either.
  package static func start(
    _ program: String, _ arguments: [String], environment: [String]? = nil,
    inOwnSession: Bool = false, _ streams: (inout posix_spawn_file_actions_t) -> Void
  ) throws(Fault) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    streams(&actions)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGCHLD] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let group = inOwnSession ? ownSession : POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(
      &attributes, Int16(group | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var settings = (environment ?? []).map { strdup($0) } + [nil]
    defer { for word in words + settings { free(word) } }
    var process: pid_t = 0
    let failure =
      environment == nil
      ? posix_spawn(&process, program, &actions, &attributes, &words, environ)
      : posix_spawn(&process, program, &actions, &attributes, &words, &settings)
    guard failure == 0 else {
      throw Fault(.io, "cannot start \(program): \(String(cString: strerror(failure)))")
    }
    return process
  }

  /// POSIX_SPAWN_SETSID, which the headers declare only with _GNU_SOURCE.
  private static let ownSession: Int32 = 0x80
}
