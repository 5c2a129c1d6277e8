import Conformance
import Glibc
import JSON
import Plugins

extension Subcommand {
  static let checkPlugin = Subcommand(
    name: "check-plugin",
    summary: "Hold the modules of a plug-in to what the built-in ones are held to.",
    operands: "FILE",
    options: [],
    remarks: """
      Status 0 where everything holds, else 1. Each check is named before it runs: where a plug-in takes
      the program down, the last line says in what.
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

  /// Loads what the command line names. Whatever a plug-in prints meanwhile goes to stderr: stdout
  /// is the protocol's.
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

/// The table of `elbo check-plugin`.
struct PluginReport {
  private let write: (String) -> Void
  private var checks = 0
  private var failures = 0
  private var isRefused = false

  init(write: @escaping (String) -> Void) { self.write = write }

  var isGood: Bool { !isRefused && failures == 0 }

  mutating func refuse(_ fault: Fault) {
    isRefused = true
    write("\(fault.sentence)\n")
    if let hint = fault.hint { write("  \(hint)\n") }
    write("FAILED: the plug-in was not loaded\n")
  }

  mutating func run(_ plugin: Plugin) {
    write("\(plugin.path): plug-in \(plugin.name) \(plugin.version)\n")
    for example in LayerExample.all where plugin.layers.contains(example.json.type) {
      check("layer", example, Property<LayerExample>.all)
    }
    for example in LikelihoodExample.all where plugin.likelihoods.contains(example.json.type) {
      check("likelihood", example, Property<LikelihoodExample>.all)
    }
    for example in SourceExample.all where plugin.sources.contains(example.json.type) {
      check("source", example, Property<SourceExample>.all)
    }
    write(isGood ? "\npassed: \(checks) checks\n" : "\nFAILED: \(failures) of \(checks) checks\n")
  }

  private mutating func check<Subject>(
    _ kind: String, _ subject: Subject, _ properties: [Property<Subject>]
  ) {
    write("\n\(kind) \(subject)\n")
    let width = properties.map(\.name.count).max() ?? 0
    for property in properties {
      write("  \(padded(property.name, width))  ")
      let violations = property.violations(of: subject)
      checks += 1
      write(violations.isEmpty ? "passed\n" : "FAILED\n")
      if !violations.isEmpty { failures += 1 }
      for violation in violations { write("      \(violation)\n") }
    }
  }
}

extension JSON {
  fileprivate var type: String { self["type"]?.text ?? "" }
}
