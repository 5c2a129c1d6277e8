import Glibc
import JSON

/// The program gnuplot, which draws the charts; it is started again for each one.
package struct Gnuplot: Sendable {
  /// The folders that are searched for the program, separated by colons as in PATH.
  package var searchPath: String
  /// The time limit of one chart.
  package var limit: Duration

  package init(searchPath: String? = nil, limit: Duration = .seconds(60)) {
    self.searchPath = searchPath ?? Self.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
    self.limit = limit
  }

  /// The path of the program; nil if it is not on the search path.
  package var program: String? {
    // Relative folders would depend on the process's current folder.
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
    // -d: without the user's settings. Keeps only the environment that finds fonts and libraries.
    let kept = ["PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "LD_LIBRARY_PATH"]
    let environment = kept.compactMap { name in Self.variable(name).map { "\(name)=\($0)" } }
    let process = Subprocess(
      program: program, arguments: ["-d"], environment: environment + ["LC_ALL=C"])
    let outcome = try process.run(Array(script.utf8), limit: limit, checkpoint: checkpoint)
    guard outcome.status == 0, !outcome.output.isEmpty else {
      // A bounded part of its messages, without the empty lines and carets around them.
      let words = String(decoding: outcome.errors.prefix(2000), as: UTF8.self)
        .split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }
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
