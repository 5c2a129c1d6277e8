import CGlibc

/// One command of the command line.
struct Subcommand: Sendable {
  let name: String
  let summary: String
  /// The operands after the name and the options, such as "FILE…".
  var operands = ""
  let options: [Option]
  /// Remarks for the help.
  var remarks = ""
  let body: @Sendable (Options) throws(Options.Misuse) -> Int32

  /// How it is called: "elbo replay [OPTION]… FILE…".
  var usage: String {
    ["elbo \(name) [OPTION]…", operands].filter { !$0.isEmpty }.joined(separator: " ")
  }

  var help: String {
    var lines = ["usage: " + usage, "", summary, ""]
    let heads = (options + [.help]).map { option in
      (option.short.map { "-\($0), " } ?? "") + "--" + option.name
        + (option.argument.map { " \($0)" } ?? "")
    }
    let width = heads.map(\.count).max() ?? 0
    for (head, option) in zip(heads, options + [.help]) {
      lines.append("  \(padded(head, width))  \(option.summary)")
    }
    if !remarks.isEmpty { lines += ["", remarks] }
    return lines.joined(separator: "\n")
  }
}
