import Glibc
import JSON

/// The program that draws the charts: gnuplot, started anew for each.
public struct Gnuplot: Sendable {
  /// Folders that are searched for the program, separated by colons as in PATH.
  public var searchPath: String
  /// How long one chart may take.
  public var limit: Duration

  public init(searchPath: String? = nil, limit: Duration = .seconds(60)) {
    self.searchPath = searchPath ?? Self.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
    self.limit = limit
  }

  /// Where the program is; nil where it is nowhere on the search path.
  public var program: String? {
    // Relative folders would be looked up from wherever the process happens to stand.
    searchPath.split(separator: ":").lazy.filter { $0.hasPrefix("/") }.map { "\($0)/gnuplot" }
      .first { path in
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
          && access(path, X_OK) == 0
      }
  }

  /// Runs a script that writes to stdout, and returns what it wrote.
  func draw(
    _ script: String, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> [UInt8] {
    guard let program else {
      throw Fault(
        .missingProgram, "gnuplot is not on the search path", expected: "gnuplot",
        got: "PATH=\(searchPath)", hint: "apt-get install gnuplot-nox")
    }
    // -d: no settings of the user's own. Of the environment only what finds fonts and libraries.
    let kept = ["PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "LD_LIBRARY_PATH"]
    let environment = kept.compactMap { name in Self.variable(name).map { "\(name)=\($0)" } }
    let process = Subprocess(
      program: program, arguments: ["-d"], environment: environment + ["LC_ALL=C"])
    let outcome = try process.run(Array(script.utf8), limit: limit, checkpoint: checkpoint)
    guard outcome.status == 0, !outcome.output.isEmpty else {
      // A bounded part of what it said, without the empty lines and carets around it.
      let words = String(decoding: outcome.errors.prefix(2000), as: UTF8.self)
        .split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0 == " " } }
        .filter { !$0.isEmpty && $0 != "^" }.joined(separator: "; ")
      throw Fault(
        .io, "gnuplot ended with status \(outcome.status): \(words.isEmpty ? "no words" : words)",
        hint: "gnuplot 5.4 or later is needed: gnuplot --version")
    }
    return outcome.output
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
