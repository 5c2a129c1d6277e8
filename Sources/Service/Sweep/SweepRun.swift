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
    var requests = log.requests
    for (path, value) in zip(paths, values) {
      for place in path.requests { requests[place] = try path.set(value, in: requests[place]) }
    }
    (requests, folders) = try SweepLog.moved(requests, to: folder)
    count = requests.count
    self.log = requests.map { $0.line + "\n" }.joined()
  }

  /// The value on an axis in words.
  func word(_ axis: Int) -> String { values[axis].text ?? values[axis].line }

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
    let words = [shellWord(program)] + Self.arguments(threads: threads)
    return words.joined(separator: " ")
      + " < \(shellWord(logPath)) > \(shellWord(repliesPath)) 2> \(shellWord(errorsPath))"
  }

  /// Starts the run's process, and returns its number. Throws `io`.
  func start(_ program: String, threads: Int) throws(Fault) -> pid_t {
    let fresh = O_WRONLY | O_CREAT | O_TRUNC
    return try ChildProcess.start(program, Self.arguments(threads: threads)) { actions in
      posix_spawn_file_actions_addopen(&actions, 0, logPath, O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, 1, repliesPath, fresh, 0o666)
      posix_spawn_file_actions_addopen(&actions, 2, errorsPath, fresh, 0o666)
    }
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
