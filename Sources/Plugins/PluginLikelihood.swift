import CPlugin
import Declarations
import JSON
import Tensors
import Variational

/// A likelihood of a plug-in with decoded options, as the registry returns it.
struct PluginLikelihoodPart: LikelihoodPart {
  let declaration: LikelihoodDeclaration
  let values: OptionValues

  var exampleShape: Shape { declaration.exampleShape }

  func likelihood(shape: Shape) throws(Fault) -> any Likelihood {
    try declaration.likelihood(values, shape: shape)
  }
}

/// A likelihood as a plug-in describes it.
struct LikelihoodDeclaration: Sendable {
  let plugin: String
  let type: String
  let summary: String
  let exampleShape: Shape
  let support: (phrase: String, hint: String)
  let options: DeclaredOptions
  let examples: [OptionValues]
  private let description: Description<elbo_likelihood>

  /// Throws `plugin` if the description is invalid, or an example cannot be built.
  init(_ likelihood: elbo_likelihood, of plugin: String) throws(Fault) {
    self.plugin = plugin
    description = Description(value: likelihood)
    type = try Reading.name(likelihood.type, "type")
    summary = try Reading.text(likelihood.summary, "summary")
    support = (
      try Reading.text(likelihood.support, "support"), try Reading.text(likelihood.hint, "hint")
    )
    options = try DeclaredOptions(likelihood.options, likelihood.option_count)
    examples = try options.examples(likelihood.examples, likelihood.example_count)
    exampleShape = try Reading.shape(likelihood.example_shape, "example_shape")
    _ = try Reading.function(likelihood.create, "create")
    _ = try Reading.function(likelihood.evaluate, "evaluate")
    _ = try Reading.function(likelihood.mean, "mean")
    _ = try Reading.function(likelihood.draw, "draw")
    _ = try Reading.function(likelihood.first_outside, "first_outside")
    for (index, example) in examples.enumerated() {
      do throws(Fault) { _ = try self.likelihood(example, shape: exampleShape) } catch {
        var fault = error.within("examples[\(index)]")
        fault.kind = .plugin
        throw fault
      }
    }
  }

  var row: Registry<any LikelihoodPart>.Row {
    Registry<any LikelihoodPart>.Row(
      type, summary, options: options.fields.schema(),
      examples: examples.map { options.json(type, $0) }
    ) { (members) throws(Fault) in
      let values = try options.values(members)
      return Part(
        PluginLikelihoodPart(declaration: self, values: values), type: type,
        options.json(type, values))
    }
  }

  /// Throws the plug-in's own fault, and `plugin` if its plan is invalid.
  func likelihood(_ values: OptionValues, shape: Shape) throws(Fault) -> PluginLikelihood {
    var plan = elbo_likelihood_plan()
    plan.size = UInt32(MemoryLayout<elbo_likelihood_plan>.size)
    var error = elbo_error()
    guard shape.extents.count <= Int(ELBO_MAX_RANK) else {
      throw Fault(
        .shape, "expected data of rank up to \(ELBO_MAX_RANK), got \(shape)",
        expected: "rank up to \(ELBO_MAX_RANK)", got: "\(shape)")
    }
    let create = try Reading.function(description.value.create, "create")
    let isRefused = try values.handedOver { (values) throws(Fault) in
      var shape = elbo_shape(shape)
      return create(values, &shape, &plan, &error) != 0
    }
    if isRefused { throw Reading.refusal(error, options: options.names, otherwise: .shape) }
    let instance = LikelihoodInstance(description.value, plan.`self`)
    guard (1...Int64(1 << 40)).contains(plan.outputs) else {
      throw Fault(
        .plugin, "the plug-in \(plugin) plans \(type) wrongly: outputs: \(plan.outputs)",
        expected: "a count from 1", got: "\(plan.outputs)")
    }
    return PluginLikelihood(
      shape: shape, outputs: Int(plan.outputs), support: support, instance: instance)
  }
}

/// A plug-in's instance of one likelihood, with the functions that use it.
final class LikelihoodInstance: @unchecked Sendable {
  // Unchecked: the interface says that calls on several threads only read it; it is destroyed with
  // its last reference.
  let pointer: UnsafeMutableRawPointer?
  let functions: elbo_likelihood

  init(_ functions: elbo_likelihood, _ pointer: UnsafeMutableRawPointer?) {
    self.functions = functions
    self.pointer = pointer
  }

  deinit { functions.destroy?(pointer) }
}

/// A likelihood of a plug-in for data of known shape.
struct PluginLikelihood: Likelihood {
  let shape: Shape
  let outputs: Int
  let support: (phrase: String, hint: String)
  let instance: LikelihoodInstance

  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?
  ) {
    var (output, x) = (elbo_block(output), elbo_block(x))
    let evaluate = instance.functions.evaluate
    guard let gradient else {
      evaluate?(instance.pointer, &output, &x, Int64(samples), scale, logDensity, nil)
      return
    }
    var target = elbo_block(gradient)
    evaluate?(instance.pointer, &output, &x, Int64(samples), scale, logDensity, &target)
  }

  func mean(_ output: Block, into mean: Block) {
    var (output, mean) = (elbo_block(output), elbo_block(mean))
    instance.functions.mean?(instance.pointer, &output, &mean)
  }

  func draw(_ output: Block, into x: Block, _: FurtherNumbers) {
    var (output, x) = (elbo_block(output), elbo_block(x))
    instance.functions.draw?(instance.pointer, &output, &x)
  }

  func firstOutside(_ x: Block) -> (row: Int, column: Int)? {
    guard let first = instance.functions.first_outside else { return nil }
    for row in 0..<x.rows {
      let column = first(instance.pointer, x.row(row), Int64(x.columns))
      // A column that does not exist is replaced by the last one.
      if column >= 0 { return (row, min(Int(column), x.columns - 1)) }
    }
    return nil
  }

  func initialBias(mean: [Double]) -> [Float] {
    var bias = [Float](repeating: 0, count: outputs)
    instance.functions.initial_bias?(instance.pointer, mean, Int64(mean.count), &bias)
    return bias
  }
}
