import Glibc
import JSON
import Testing

@testable import Service

/// The project's folder.
let root = String(#filePath.dropLast("/Tests/ServiceTests/PluginTests.swift".count))

/// A C compiler, and the plug-ins that it builds for the tests.
enum Compiler {
  static let path: String? = ["/usr/bin/cc", "/usr/local/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    .first { access($0, X_OK) == 0 }

  /// A new folder for every run.
  private static let folder: String = {
    let folder = "/tmp/elbo-plugins-\(getpid())"
    mkdir(folder, 0o700)
    return folder
  }()

  /// Returns the path of the shared library of a source file, compiled with these definitions.
  static func library(_ source: String, _ definitions: [String: String] = [:]) throws -> String {
    let library = "\(folder)/\(UInt.random(in: 0 ... .max)).so"
    let flags = definitions.map { "-D\($0)=\($1)" }
    let words = [path ?? "cc", "-O1", "-shared", "-fPIC", "-w", "-o", library] + flags
    var arguments = (words + ["\(root)/\(source)", "-lm"]).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    var environment = [strdup("PATH=/usr/local/bin:/usr/bin:/bin"), nil]
    defer { for word in environment { free(word) } }
    try #require(posix_spawn(&process, words[0], nil, nil, &arguments, &environment) == 0)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    try #require(status == 0, "\(words.joined(separator: " "))")
    return library
  }

  static func liar(_ definitions: [String: String] = [:]) throws -> String {
    try library("Tests/Fixtures/liar.c", definitions)
  }
}

/// A wrong declaration of a plug-in, and the error that it causes.
private struct Lie: CustomTestStringConvertible, Sendable {
  let macro: String
  let code: String
  let words: String
  var testDescription: String { code }

  init(_ code: String, _ words: String) { self.init("LIE", code, words) }
  init(_ macro: String, _ code: String, _ words: String) {
    (self.macro, self.code, self.words) = (macro, code, words)
  }

  static let all = [
    Lie("description.abi_version = 2", "abi_version: expected version 1 of the interface, got 2"),
    Lie("description.size = 8", "size: expected 72, the bytes of elbo_plugin_description, got 8"),
    Lie("return 0", "elbo_plugin returned null"),
    Lie("description.name = 0", "name: expected a text, got null"),
    Lie("description.name = \"my own\"", "name: expected a letter, then letters and digits"),
    Lie("description.version = \"\\xff\"", "version: expected UTF-8"),
    Lie("description.layer_count = -1", "layers: expected a number of elements from 0 to 1024"),
    Lie("description.layers = 0", "layers: expected 1 elements, got null"),
    Lie(
      "description.layer_count = description.likelihood_count = description.source_count = 0",
      "expected at least one module, got none"),
    Lie("layer->size += 8", "layers[0].size: expected"),
    Lie("layer->type = 0", "layers[0].type: expected a text, got null"),
    Lie("layer->type = \"dense\"", "layers[0].type: expected a type that no other layer has"),
    Lie("layer->type = \"d-ense\"", "layers[0].type: expected a letter, then letters and digits"),
    Lie("description.layer_count = 2", "layers[1].type: expected a type that no other layer has"),
    Lie("layer->summary = 0", "layers[0].summary: expected a text, got null"),
    Lie("layer->create = 0", "layers[0].create: expected a function, got null"),
    Lie("layer->forward = 0", "layers[0].forward: expected a function, got null"),
    Lie("layer->backward = 0", "layers[0].backward: expected a function, got null"),
    Lie("layer->example_input.rank = 0", "layers[0].example_input: expected a shape"),
    Lie("layer->example_input.rank = 9", "layers[0].example_input: expected a shape"),
    Lie("layer->example_input.extents[0] = -6", "layers[0].example_input: expected a shape"),
    Lie("layer->options = 0", "layers[0].options: expected 2 elements, got null"),
    Lie("option->size = 4", "layers[0].options[0].size: expected"),
    Lie("option->kind = 9", "options[0].kind: expected a kind of option from 1 to 4, got 9"),
    Lie("option->presence = 7", "options[0].presence: expected 0, 1 or 2, got 7"),
    Lie("option->bounds = 3", "options[0].bounds: expected ELBO_FROM or ELBO_ABOVE"),
    Lie("option->minimum = 9", "options[0].bounds: expected a minimum up to the maximum"),
    Lie("option->preset.number = 9", "options[0].preset: expected a number from 0.5 to 8.0"),
    Lie("option->name = \"type\"", "options[0].name: expected a name that no other option has"),
    Lie("options[1].name = \"slope\"", "options[1].name: expected a name that no other option"),
    Lie("option->kind = ELBO_TEXT", "options[0].preset: expected a text, got null"),
    Lie("examples[0] = \"{\"", "layers[0].examples[0]:"),
    Lie("examples[0] = \"[1]\"", "layers[0].examples[0]: expected an object of options"),
    Lie("examples[1] = \"{\\\"slop\\\": 1}\"", "layers[0].examples[1].slop: no such member"),
    Lie("likelihood.evaluate = 0", "likelihoods[0].evaluate: expected a function, got null"),
    Lie("likelihood.mean = 0", "likelihoods[0].mean: expected a function, got null"),
    Lie("likelihood.draw = 0", "likelihoods[0].draw: expected a function, got null"),
    Lie("likelihood.first_outside = 0", "likelihoods[0].first_outside: expected a function"),
    Lie("likelihood.support = 0", "likelihoods[0].support: expected a text, got null"),
    Lie("likelihood.type = \"bernoulli\"", "expected a type that no other likelihood has"),
    Lie("source.load = 0", "sources[0].load: expected a function, got null"),
    Lie("source.type = \"idx\"", "sources[0].type: expected a type that no other source has"),
    Lie("PLAN", "return elbo_fail(error, 0, \"not today\")", "layers[0].examples[0]: not today"),
    Lie("PLAN", "return 1", "layers[0].examples[0]: the plug-in refuses it"),
  ]

  /// Invalid plans of a layer, compiled into `create`.
  static let plans = [
    Lie("parameter_count = -1", "parameter_count: expected from 0 to 16, got -1"),
    Lie("parameter_count = 17", "parameter_count: expected from 0 to 16, got 17"),
    Lie("output.rank = 0", "output: expected a shape"),
    Lie("output.extents[0] = 0", "output: expected a shape"),
    Lie("output.extents[0] = 7", "output: expected [6], since it keeps the shape of its input"),
    Lie("output.extents[0] = 1LL << 50", "output: expected a shape"),
    Lie("parameters[0].name = 0", "parameters[0].name: expected a text, got null"),
    Lie("parameters[0].name = \"a.b\"", "parameters[0].name: expected a letter"),
    Lie("parameters[0].shape.extents[0] = -4", "parameters[0].shape: expected a shape"),
    Lie("parameters[0].initial = 5", "parameters[0].initial: expected 0 or 1, got 5"),
    Lie("parameters[0].constant = NAN", "parameters[0].constant: expected a finite number"),
    Lie("parameters[0].initial = 1", "parameters[0].fan_in, fan_out: expected counts from 1"),
    Lie("cache_per_row = -1", "cache_per_row: expected a count from 0, got -1"),
    Lie("scratch = -1", "scratch: expected a count from 0, got -1"),
  ]
}

@Suite(.enabled(if: Compiler.path != nil, "there is no C compiler here"))
struct PluginsThatLie {
  private func refusal(of library: String, _ words: String) throws {
    let serve = try Child.run(["serve", "--plugin", library], joiningErrors: true)
    #expect(serve.status == 64)
    #expect(serve.text.contains("elbo serve: --plugin \(library): "), "\(serve.text)")
    #expect(serve.text.contains(words), "\(serve.text)")
    let check = try Child.run(["check-plugin", library])
    #expect(check.status == 1)
    #expect(check.text.contains(words) && check.text.contains("FAILED"), "\(check.text)")
  }

  @Test(arguments: Lie.all)
  fileprivate func ofThemselves(lie: Lie) throws {
    try refusal(of: try Compiler.liar([lie.macro: lie.code]), lie.words)
  }

  @Test(arguments: Lie.plans)
  fileprivate func ofTheirPlans(lie: Lie) throws {
    let library = try Compiler.liar(["PLAN": "plan->\(lie.code)"])
    try refusal(of: library, "layers[0].examples[0]: the plug-in liar plans line wrongly: ")
    try refusal(of: library, lie.words)
  }

  @Test func ofALikelihoodsOutputs() throws {
    let library = try Compiler.liar(["DENSITY": "plan->outputs = 0"])
    try refusal(of: library, "the plug-in liar plans logistic wrongly: outputs: 0")
  }

  @Test func byTheirFiles() throws {
    try refusal(of: "/nowhere/libnone.so", "No such file or directory")
    try refusal(of: "\(root)/Package.swift", "cannot be loaded: ")
    try refusal(of: "/tmp", "cannot be loaded: ")
    try refusal(of: try Compiler.liar(["NOTHING": "1"]), "there is no function elbo_plugin")
  }

  @Test func byTheirNames() throws {
    let library = try Compiler.liar()
    let copy = try Compiler.liar()
    let twice = try Child.run(
      ["serve", "--plugin", library, "--plugin", copy], joiningErrors: true)
    #expect(twice.status == 64)
    #expect(twice.text.contains("layers[0].type: expected a type that no other layer has"))
  }

  /// Output that they print at start does not enter the protocol's stream.
  @Test func printing() throws {
    let library = try Compiler.liar(["LIE": "puts(\"hello\")"])
    let said = try Child.run(["serve", "--plugin", library], request("engine.ping"))
    #expect(said.text == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n")
  }
}

/// A rule that a plug-in breaks, and the property that detects it.
private struct Breach: CustomTestStringConvertible, Sendable {
  let macro: String
  let code: String
  let check: String
  var testDescription: String { "\(macro) \(code)" }

  init(_ macro: String, _ code: String, _ check: String) {
    (self.macro, self.code, self.check) = (macro, code, check)
  }

  static let all = [
    Breach("BACKWARD", "if (dx) dx->base[1] *= 1.5f", "gradient is that of central differences"),
    Breach(
      "BACKWARD", "if (pass->gradients) pass->gradients[0].base[2] += 1",
      "gradient is that of central differences"),
    Breach(
      "BACKWARD", "if (dx && !pass->is_training) dx->base[0] = 0",
      "gradient of an evaluation is that of central differences"),
    Breach("FORWARD", "y->base[0] += x->rows", "a batch is its rows one by one"),
    Breach(
      "FORWARD", "if (!pass->is_training) y->base[0] += x->rows",
      "a batch is its rows one by one in an evaluation"),
    Breach("ASSIGN", "+=", "everything is overwritten"),
    Breach("START", "gradient[i]", "everything is overwritten"),
    Breach("START", "0", "gradients are added where they accumulate"),
    Breach("FORWARD", "y->base[y->rows * y->stride] = 1", "nothing else is written"),
    Breach("FORWARD", "x->base[0] = 1", "nothing else is written"),
    Breach("FORWARD", "pass->parameters[0].base[0] = 1", "nothing else is written"),
    Breach(
      "BACKWARD",
      "if (pass->gradients) pass->gradients[0].base[pass->gradients[0].stride] = 1",
      "nothing else is written"),
    Breach(
      "FORWARD", "static int calls; y->base[0] += calls++",
      "training follows from its keys alone"),
    Breach("FORWARD", "static int calls; y->base[0] += calls++", "an evaluation draws nothing"),
    Breach(
      "FORWARD",
      "static float shared; shared = x->base[0]; usleep(100); y->base[0] += shared - x->base[0]",
      "threads make no difference"),
    Breach(
      "EVALUATE", "if (gradient) gradient->base[0] *= 2",
      "gradient is that of central differences"),
    Breach(
      "EVALUATE", "if (gradient->base != output->base) log_density[0] += 1",
      "the gradient may take the place of the outputs"),
    Breach("SCALE", "1", "scale multiplies the gradient alone"),
    Breach("EVALUATE", "if (samples > 1) log_density[1] = 0", "samples share their example"),
    Breach(
      "EVALUATE", "elbo_row(x, 0)[x->columns] = 1", "nothing else is written"),
    Breach("EVALUATE", "log_density[output->rows] = 1", "nothing else is written"),
    Breach("DRAW", "*value -= 1", "draws have the mean"),
    Breach("DRAW", "*value = INFINITY", "draws lie in the support"),
    Breach("OUTSIDE", "return -1", "what is not a number has no density"),
    Breach(
      "EVALUATE",
      "static double shared; shared = log_density[0]; usleep(100); log_density[0] = shared",
      "threads make no difference"),
    Breach("LOAD", "static int loads; rows[0] = loads++", "the same options load the same rows"),
    Breach("LOAD", "rows[3] = NAN", "rows are finite numbers"),
  ]
}

@Suite(.enabled(if: Compiler.path != nil, "there is no C compiler here"))
struct CheckingPlugins {
  @Test func oneThatKeepsToTheRules() throws {
    for library in [try Compiler.liar(), try Compiler.library("examples/plugins/c/extras.c")] {
      let said = try Child.run(["check-plugin", library], joiningErrors: true)
      #expect(said.status == 0, "\(said.text)")
      #expect(said.text.contains("\npassed: 39 checks\n"), "\(said.text)")
      #expect(!said.text.contains("FAILED"))
    }
  }

  @Test(arguments: Breach.all)
  fileprivate func oneThatBreaksARule(breach: Breach) throws {
    let library = try Compiler.liar([breach.macro: breach.code])
    let said = try Child.run(["check-plugin", library], joiningErrors: true)
    #expect(said.status == 1)
    let verdicts = said.text.split(separator: "\n").filter {
      $0.hasPrefix("  \(breach.check) ") && $0.hasSuffix(" FAILED")
    }
    #expect(!verdicts.isEmpty, "\(said.text)")
    #expect(said.text.contains("\nFAILED: "))
  }

  @Test func aBadCommandLine() throws {
    for arguments in [["check-plugin"], ["check-plugin", "a", "b"]] {
      #expect(try Child.run(arguments).status == 64)
    }
  }
}
