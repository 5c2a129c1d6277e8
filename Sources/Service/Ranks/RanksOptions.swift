import Engine
import Files
import Glibc
import JSON

extension Option {
  /// The options of several processes.
  static let several = [
    Option(
      name: "ranks", argument: "N",
      summary: "Hold the session in N processes, which share updates over MPI."),
    Option(
      name: "launch", argument: "WORDS",
      summary: "The launcher of the ranks and its options, such as \"mpirun -n 4 --host a,b\"."),
  ]
}

extension Subcommand {
  /// One of the processes of `--ranks`, for their launcher alone: in no list of commands.
  static let rank = Subcommand(
    name: "rank", summary: "One of the processes of elbo serve --ranks.", operands: "DOOR",
    options: serve.options
  ) { (options) throws(Options.Misuse) in
    guard options.operands.count == 1, let door = options.operands.first else {
      throw Options.Misuse(message: "expected the socket of elbo serve --ranks")
    }
    var configuration = try configuration(options)
    if configuration.allowance.threads == nil, Processors.count == Processors.online {
      // The processes on one machine share its processors, unless the launcher has dealt them out.
      let names = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"]
      let local = names.lazy.compactMap { getenv($0) }.compactMap { Int(String(cString: $0)) }.first
      configuration.threads = max(1, configuration.threads / max(1, local ?? 1))
    }
    return RankProcess.run(configuration, door: door)
  }

  /// Returns what starts the processes of `--ranks`; nil if it is not given.
  static func ranks(
    _ options: Options
  ) throws(Options.Misuse) -> (() throws(Fault) -> RankedSession)? {
    guard let count = try options.integer("ranks", in: 1...4096) else {
      guard options["launch"] == nil else {
        throw Options.Misuse(message: "--launch needs --ranks, the number of processes")
      }
      return nil
    }
    for (name, reason) in [
      (Option.sandbox.name, "the kernel would keep the launcher from starting"),
      ("state", "the folder would restore the session in one process only"),
    ] where options.has(name) {
      throw Options.Misuse(message: "--\(name) does not go with --ranks: \(reason)")
    }
    let own: Set = ["ranks", "launch", "record"]
    let passed = serve.options.filter { !own.contains($0.name) }.flatMap { option in
      options.all(option.name).flatMap { value in
        option.argument == nil ? ["--\(option.name)"] : ["--\(option.name)", value]
      }
    }
    let launch = options["launch"].map { $0.split(separator: " ").map(String.init) }
    return { () throws(Fault) in
      let words = if let launch { launch } else { try Launcher.words(for: count) }
      return try RankedSession(count, launch: words, options: passed)
    }
  }
}
