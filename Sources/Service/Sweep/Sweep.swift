import Files
import Glibc
import JSON
import Pictures

/// The runs of a log with each combination of some values, a few at a time, each in a process of
/// its own.
struct Sweep {
  let axes: [String]
  let runs: [SweepRun]
  let folder: String
  let program: String
  let threads: Int
  private let requests: [JSON]

  /// Makes the plan; nothing is written. Throws `params` and `io`.
  init(log path: String, _ grids: [Grid.Axis], folder: String, threads: Int) throws(Fault) {
    let log = try SweepLog(path: path)
    let grid = try Grid(grids)
    let paths = try grid.axes.map { (axis) throws(Fault) in
      try RequestPath(axis.path, in: log.requests)
    }
    let width = max(3, "\(grid.count)".count)
    var runs: [SweepRun] = []
    for number in 1...grid.count {
      let digits = "\(number)"
      let name = String(repeating: "0", count: width - digits.count) + digits
      runs.append(
        try SweepRun(
          number, folder: "\(folder)/\(name)", grid.values(of: number - 1), paths, log))
    }
    guard let program = realpath("/proc/self/exe", nil) else {
      throw Fault(.io, "cannot find this program: \(systemMessage())")
    }
    defer { free(program) }
    self.program = String(cString: program)
    self.runs = runs
    self.folder = folder
    self.threads = threads
    axes = grid.axes.map(\.path)
    requests = log.requests
  }

  /// The runs that are not done, with their folders made. Throws `io`, `denied` and `noSpace`.
  func prepare() throws(Fault) -> [SweepRun] {
    try File.makeFolder(folder, in: .none)
    var owed: [SweepRun] = []
    for run in runs {
      if case .done = run.standing { continue }
      try run.prepare()
      owed.append(run)
    }
    return owed
  }

  /// Makes the runs, at most `jobs` at a time; `report` is called after each. Returns the signal
  /// that ended the sweep, if one did; its runs have ended too. Throws `io`.
  func make(
    _ owed: [SweepRun], jobs: Int, report: (SweepRun, SweepFailure?) throws(Fault) -> Void
  ) throws(Fault) -> Int32? {
    var signals = sigset_t()
    sigemptyset(&signals)
    // A sweep started by nohup outlives its terminal.
    let endings = [SIGINT, SIGTERM] + (Signals.isIgnored(SIGHUP) ? [] : [SIGHUP])
    for signal in endings + [SIGCHLD] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    defer { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
    var waiting = owed[...]
    var running: [pid_t: SweepRun] = [:]
    do throws(Fault) {
      while !waiting.isEmpty || !running.isEmpty {
        while running.count < jobs, let run = waiting.popFirst() {
          running[try run.start(program, threads: threads)] = run
        }
        // A time limit, since the ends of several children may arrive as one signal.
        var pause = timespec(tv_sec: 1, tv_nsec: 0)
        let signal = sigtimedwait(&signals, nil, &pause)
        if endings.contains(signal) {
          Self.end(Array(running.keys))
          return signal
        }
        for (process, run) in running.sorted(by: { $0.value.number < $1.value.number }) {
          var status: Int32 = 0
          guard waitpid(process, &status, WNOHANG) != 0 else { continue }
          running[process] = nil
          try report(run, failure(of: run, status))
        }
      }
    } catch {
      Self.end(Array(running.keys))
      throw error
    }
    return nil
  }

  /// Ends processes, and waits until they have ended.
  private static func end(_ processes: [pid_t]) {
    for process in processes { kill(process, SIGTERM) }
    for process in processes {
      while waitpid(process, nil, 0) < 0, errno == EINTR {}
    }
  }

  private func failure(of run: SweepRun, _ status: Int32) -> SweepFailure? {
    switch run.standing {
    case .done: nil
    case .failed(let failure): failure
    case .owed:
      SweepFailure(status: status, errors: (try? contents(of: run.errorsPath)) ?? "")
    }
  }

  /// The figures of the runs that are done, and why others have none. `failures` are those of
  /// processes that ended early.
  func table(_ failures: [Int: SweepFailure] = [:]) -> SweepTable {
    var table = SweepTable(axes: axes)
    for run in runs {
      switch run.standing {
      case .done(let replies):
        table.rows.append(
          SweepTable.Row(
            run: run, figures: SweepTable.figures(of: replies, to: requests), failure: nil))
      case .failed(let failure):
        table.rows.append(SweepTable.Row(run: run, figures: [], failure: failure))
      case .owed:
        guard let failure = failures[run.number] else { continue }
        table.rows.append(SweepTable.Row(run: run, figures: [], failure: failure))
      }
    }
    return table
  }

  /// Writes the tables, one for each run and one of all, and the chart. Throws `io`, `denied`,
  /// `noSpace` and what drawing throws.
  func write(_ table: SweepTable, _ column: String?) throws(Fault) {
    for row in table.rows where row.failure == nil {
      let lines = ["name,value"] + row.figures.map { "\($0.name),\($0.value.line)" }
      try Self.write(lines.map { $0 + "\n" }.joined(), to: row.run.resultsPath)
    }
    try Self.write(table.csv, to: "\(folder)/results.csv")
    guard let chart = column.flatMap({ table.chart($0) }) else { return }
    let picture = try chart.picture(.svg)
    try Self.write(String(decoding: picture.bytes, as: UTF8.self), to: "\(folder)/sweep.svg")
  }

  private static func write(_ text: String, to path: String) throws(Fault) {
    var file = try AtomicFile(.text, at: path, replace: true, in: .none)
    try file.append(Array(text.utf8))
    _ = try file.keep()
  }
}
