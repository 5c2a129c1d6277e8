import Engine
import Files
import Glibc
import JSON

/// One run of a sweep: a process that reads the run's log and writes its replies into the run's
/// folder.
struct SweepRun: Sendable {
  /// Counted from 1.
  let number: Int
  let folder: String
  /// The value on each axis.
  let values: [JSON]
  private let log: String
  private let count: Int
  private let folders: [String]

  /// The files of the run.
  var logPath: String { "\(folder)/log.ndjson" }
  var repliesPath: String { "\(folder)/replies.ndjson" }
  var errorsPath: String { "\(folder)/errors.txt" }
  var resultsPath: String { "\(folder)/results.csv" }

  /// Throws `params`.
  init(
    _ number: Int, folder: String, _ values: [JSON], _ paths: [RequestPath], _ log: SweepLog
  ) throws(Fault) {
    (self.number, self.folder, self.values) = (number, folder, values)
    var (requests, folders) = try log.requests(writingTo: folder)
    for (path, value) in zip(paths, values) {
      for place in path.requests { requests[place] = try path.set(value, in: requests[place]) }
    }
    count = requests.count
    self.log = requests.map { $0.line + "\n" }.joined()
    self.folders = folders
  }

  /// How the run stands.
  enum Standing {
    /// It was not begun, or did not end.
    case owed
    /// Every request was answered, with the replies in the order of the requests.
    case done([JSON])
    /// A request was refused.
    case failed(SweepFailure)
  }

  /// Reads what an earlier process has left.
  var standing: Standing {
    guard (try? contents(of: logPath)) == log, let text = try? contents(of: repliesPath) else {
      return .owed
    }
    var replies = [JSON?](repeating: nil, count: count)
    for line in text.split(separator: "\n") {
      guard let reply = try? JSON(parsing: String(line)) else { return .owed }
      guard case .int(let id) = reply["id"], replies.indices.contains(id - 1) else { continue }
      replies[id - 1] = reply
    }
    for (place, reply) in replies.enumerated() {
      if let error = reply?["error"] { return .failed(SweepFailure(request: place + 1, error)) }
    }
    let answered = replies.compactMap { $0?["result"] }
    return answered.count == count ? .done(answered) : .owed
  }

  /// Makes the folder with the run's log; what an earlier process has left is removed.
  func prepare() throws(Fault) {
    for path in [folder] + folders { try File.makeFolder(path, in: .none) }
    try File.remove(repliesPath, in: .none)
    try replace(logPath, with: log)
  }

  /// The arguments that make the run on stdin.
  static func arguments(threads: Int) -> [String] {
    ["serve", "--deterministic", "--threads", "\(threads)"]
  }

  /// The run as a line for a shell.
  func command(_ program: String, threads: Int) -> String {
    let words = [program] + Self.arguments(threads: threads)
    return words.map(quoted).joined(separator: " ")
      + " < \(quoted(logPath)) > \(quoted(repliesPath)) 2> \(quoted(errorsPath))"
  }

  /// Starts the run's process, and returns its number. Throws `io`.
  func start(_ program: String, threads: Int) throws(Fault) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let fresh = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, logPath, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, repliesPath, fresh, 0o666)
    posix_spawn_file_actions_addopen(&actions, 2, errorsPath, fresh, 0o666)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // In its own process group, so that Ctrl-C reaches the sweep alone, which then ends its runs.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD] {
      sigaddset(&signals, signal)
    }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words = ([program] + Self.arguments(threads: threads)).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, program, &actions, &attributes, &words, environ)
    guard failure == 0 else {
      throw Fault(.io, "cannot start run \(number): \(String(cString: strerror(failure)))")
    }
    return process
  }
}

/// Why a run has no results.
struct SweepFailure {
  /// The number of the request, from 1; nil if the process ended.
  let request: Int?
  let message: String

  init(request: Int, _ error: JSON) {
    self.request = request
    message = error["message"]?.text ?? error.line
  }

  /// A process that ended with requests unanswered.
  init(status: Int32, errors: String) {
    request = nil
    let words = errors.split(separator: "\n").last.map { ": \($0)" } ?? ""
    let signal = status & 0x7F
    message =
      (signal == 0
        ? "its process ended with status \(status >> 8 & 0xFF)"
        : "signal \(signal) ended its process")
      + words
  }

  var sentence: String { (request.map { "request \($0): " } ?? "") + message }
}

/// Returns a word as a shell reads it.
private func quoted(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  return isPlain
    ? word
    : "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
}
