import Conformance
import Glibc
import JSON
import Plugins

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
