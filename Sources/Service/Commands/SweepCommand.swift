import Engine
import Glibc
import JSON

extension Subcommand {
  static let sweep = Subcommand(
    name: "sweep",
    summary: "Run a file of requests with every combination of some values, and compare the runs.",
    operands: "FILE",
    options: [
      Option(
        name: "grid", argument: "PATH=VALUE,…",
        summary: "Members of requests and their values; may be repeated."),
      Option(
        name: "out", argument: "FOLDER", summary: "The folder to write (NAME-sweep, beside you)."),
      Option(name: "jobs", argument: "N", summary: "Runs at a time (the cores)."),
      Option(
        name: "threads", argument: "N", summary: "Threads of each run (the cores over the jobs)."),
      Option(
        name: "show", argument: "FIGURE",
        summary: "The figure of table and chart, such as evaluate.elbo.elbo."),
      Option(name: "print", summary: "Show a shell command for each run, and run nothing."),
    ],
    remarks: """
      PATH is METHOD.MEMBER…, such as trainer.create.optimizer.rate, or a member of every request
      that gives or takes it, such as seed; METHOD#2 is the second request of a method. VALUE is
      JSON, a word, or a range such as 1..5. Each run is a process with its log, its replies, its
      files and its results.csv in FOLDER/001, …; relative paths that a request writes begin there.
      FOLDER/results.csv and FOLDER/sweep.svg compare them. Runs that are done are not made again:
      the same command goes on after an interruption. The status is 0 if every run succeeded.
      """
  ) { (options) throws(Options.Misuse) in
    let path = try operands(options, "FILE")[0]
    var grids: [Grid.Axis] = []
    let cores = Configuration().threads
    let jobs = try options.integer("jobs", in: 1...4096) ?? cores
    let threads = try options.integer("threads", in: 1...4096) ?? max(1, cores / jobs)
    let sweep: Sweep
    let owed: [SweepRun]
    do throws(Fault) {
      for text in options.all("grid") {
        grids.append(try within("--grid") { () throws(Fault) in try Grid.Axis(text) })
      }
      sweep = try Sweep(
        log: path, grids, folder: options["out"] ?? name(of: path) + "-sweep", threads: threads)
      owed = try sweep.prepare()
    } catch { return refuse(error) }
    if options.has("print") {
      let lines = owed.map { $0.command(sweep.program, threads: threads) + "\n" }
      return writeAll(Array(lines.joined().utf8), to: 1) ? 0 : 1
    }
    let done = sweep.runs.count - owed.count
    if done > 0 { say("\(done) of \(sweep.runs.count) runs are done already") }
    var failures: [Int: SweepFailure] = [:]
    do throws(Fault) {
      let signal = try sweep.make(owed, jobs: jobs) { (run, failure) throws(Fault) in
        failures[run.number] = failure
        let values = sweep.axes.indices.map { "\(sweep.axes[$0])=\(run.word($0))" }
        say(
          (["run \(run.number) of \(sweep.runs.count)"] + values + [failure?.sentence ?? "done"])
            .joined(separator: "  "))
      }
      if let signal {
        say("elbo sweep: interrupted; the same command goes on with the runs that are left")
        return 128 + signal
      }
    } catch { return refuse(error) }
    let table = sweep.table(failures)
    if let wish = options["show"], !table.columns.contains(wish) {
      say(
        "elbo sweep: --show: no run has the figure \(wish); they have \(table.columns.joined(separator: ", "))"
      )
      return 1
    }
    let column = options["show"] ?? table.mainColumn
    guard writeAll(Array((table.text(column) + "\n").utf8), to: 1) else { return 1 }
    do throws(Fault) { try sweep.write(table, column) } catch { return refuse(error) }
    return failures.isEmpty ? 0 : 1
  }

  private static func refuse(_ fault: Fault) -> Int32 {
    say("elbo sweep: \(fault.sentence)" + (fault.hint.map { "\n  \($0)" } ?? ""))
    return 1
  }
}
