import Glibc
import JSON
import Plugins

extension Subcommand {
  static let checkPlugin = Subcommand(
    name: "check-plugin",
    summary: "Check that the modules of a plug-in behave as the built-in ones do.",
    operands: "FILE",
    options: [],
    remarks: """
      The status is 0 if every check passes, else 1. Each check is named before it runs: if a plug-in
      ends the program, the last line names the check.
      """
  ) { (options) throws(Options.Misuse) in
    guard options.operands.count == 1, let path = options.operands.first else {
      throw Options.Misuse(message: "expected one file, got \(options.operands.count)")
    }
    let output = dup(1)
    dup2(2, 1)
    var report = PluginReport { _ = writeAll(Array($0.utf8), to: output) }
    do throws(Fault) { report.run(try Plugin(loading: path)) } catch {
      report.refuse(error)
    }
    return report.isGood ? 0 : 1
  }

  /// Loads the plug-ins on the command line. Anything that they print meanwhile goes to stderr,
  /// because stdout belongs to the protocol.
  static func plugins(_ paths: [String]) throws(Options.Misuse) -> [Plugin] {
    guard !paths.isEmpty else { return [] }
    let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
    dup2(2, 1)
    defer {
      fflush(nil)
      if output >= 0 {
        dup2(output, 1)
        close(output)
      }
    }
    var plugins: [Plugin] = []
    for path in paths {
      do throws(Fault) {
        let plugin = try Plugin(loading: path)
        if let twin = plugins.first(where: { $0.name == plugin.name }) {
          throw Fault(.plugin, "\(path): \(twin.path) is a plug-in \(twin.name) already")
        }
        plugins.append(plugin)
      } catch {
        let hint = error.hint.map { "; \($0)" } ?? ""
        throw Options.Misuse(message: "--plugin \(error.sentence)\(hint)")
      }
    }
    return plugins
  }
}
