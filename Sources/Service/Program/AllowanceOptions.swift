import Engine
import Files
import JSON

extension Option {
  static let threads = Option(
    name: "threads", argument: "N",
    summary: "Threads that share an update (all processors); results do not depend on it.")
  static let maxMemory = Option(
    name: "max-memory", argument: "SIZE",
    summary: "Memory to hold at most, such as 400MiB; what needs more is refused.")
  static let maxPending = Option(
    name: "max-pending", argument: "N",
    summary: "Requests that may wait for the one that runs; more are refused.")
  static let maxSeconds = Option(
    name: "max-seconds", argument: "S",
    summary: "Time that one request may run, before it is stopped.")
}

extension Allowance {
  /// Reads the options, and bounds the memory of the process.
  init(_ options: Options) throws(Options.Misuse) {
    self.init()
    threads = try options.integer(Option.threads.name, in: 1...1024)
    pending = try options.integer(Option.maxPending.name, in: 1...1_000_000_000)
    seconds = try options.number(Option.maxSeconds.name)
    guard seconds != 0 else {
      throw Options.Misuse(message: "--max-seconds: expected a number above 0, got 0")
    }
    memory = try options.size(Option.maxMemory.name, in: 1...(1 << 50))
    guard let memory else { return }
    do throws(Fault) { try Memory.limit(to: memory) } catch {
      throw Options.Misuse(message: "--max-memory: \(error.sentence)")
    }
  }

  /// The number of threads to use: those of the option, or one for each processor that this process
  /// may use.
  var threadsToUse: Int {
    threads ?? min(1024, Processors.count)
  }
}
