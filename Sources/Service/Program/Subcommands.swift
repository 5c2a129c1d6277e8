import Engine

extension Option {
  static let plugin = Option(
    name: "plugin", argument: "FILE",
    summary: "Load a shared library with modules; may be repeated.")
}

extension Subcommand {
  static let serve = Subcommand(
    name: "serve",
    summary: "Speak JSON-RPC 2.0 on stdin and stdout, one message per line.",
    options: [
      .threads,
      .plugin,
      Option(name: "record", argument: "FILE", summary: "Write every message to a log for replay."),
      Option(
        name: "deterministic",
        summary: "Leave out durations and memory figures: two runs are the same to the byte."),
      Option(name: "max-line", argument: "BYTES", summary: "Longest line to accept (16777216)."),
      .maxMemory,
      .maxPending,
      .maxSeconds,
      Option(
        name: "state", argument: "FOLDER",
        summary: "Keep the session in a folder, and go on from there at the next start."),
    ] + Option.fence + [.sandbox] + Option.several,
    remarks: """
      At the end of the input all requests are finished. Ctrl-C cancels the running request; twice
      within a second it ends the program. Content-Length framing is used if the client begins
      with it.
      """
  ) { (options) throws(Options.Misuse) in
    try refuseOperands(options)
    let start = try ranks(options)
    var configuration = try configuration(options)
    configuration.state = options["state"]
    return Serve.run(
      configuration, recording: options["record"], isSandboxed: options.has(Option.sandbox.name),
      ranks: start)
  }

  static let run = Subcommand(
    name: "run",
    summary: "Execute a file of requests, one per line, and show the replies.",
    operands: "FILE",
    options: [.threads, .maxMemory, .maxSeconds, .plugin] + Option.fence + [.sandbox],
    remarks: """
      Blank lines and lines that begin with # or // are skipped; - reads stdin. The first error ends
      the run with status 1 and is shown with its line. Ctrl-C cancels the running request.
      """
  ) { (options) throws(Options.Misuse) in
    guard options.operands.count == 1, let path = options.operands.first else {
      throw Options.Misuse(message: "expected one file, got \(options.operands.count)")
    }
    return RequestFile.run(
      path, try configuration(options), isSandboxed: options.has(Option.sandbox.name))
  }

  static let replay = Subcommand(
    name: "replay",
    summary: "Run recorded logs again and compare every reply.",
    operands: "FILE…",
    options: [
      .threads,
      .plugin,
      Option(
        name: "tolerance", argument: "R",
        summary: "Allowed relative difference of numbers (1e-4); 0 for none."),
      Option(name: "update", summary: "Rewrite the logs with the new replies."),
    ] + Option.fence,
    remarks: """
      Strings are compared exactly; durations, memory figures, facts of the machine and progress are
      not. The status is 0 if nothing differs, else 1; the first difference of each log is shown.
      """
  ) { (options) throws(Options.Misuse) in
    guard !options.operands.isEmpty else { throw Options.Misuse(message: "expected a file") }
    let tolerance = try options.number("tolerance") ?? 1e-4
    let configuration = try configuration(options)
    var status: Int32 = 0
    for path in options.operands {
      let isSame = Replay.run(
        path, configuration, tolerance: tolerance, isUpdating: options.has("update"))
      if !isSame { status = 1 }
    }
    return status
  }

  static func configuration(_ options: Options) throws(Options.Misuse) -> Configuration {
    var configuration = Configuration()
    configuration.allowance = try Allowance(options)
    configuration.threads = configuration.allowance.threadsToUse
    configuration.isDeterministic = options.has("deterministic")
    if let bytes = try options.integer("max-line", in: 1024...(1 << 30)) {
      configuration.limits.line = bytes
    }
    configuration.plugins = try plugins(options.all(Option.plugin.name))
    try closeFence(options)
    return configuration
  }

  static func refuseOperands(_ options: Options) throws(Options.Misuse) {
    if let first = options.operands.first {
      throw Options.Misuse(message: "expected no file, got \(first)")
    }
  }
}
