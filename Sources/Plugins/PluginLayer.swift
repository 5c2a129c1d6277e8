import CPlugin
import Declarations
import JSON
import Layers
import Tensors

/// A layer of a plug-in with decoded options, as the registry returns it.
struct PluginLayerPart: LayerPart {
  let declaration: LayerDeclaration
  let values: OptionValues

  var typeName: String { declaration.type }
  var preservesShape: Bool { declaration.keepsShape }
  var exampleInput: Shape { declaration.exampleInput }

  func wire(_ input: Slot, into graph: inout Graph) throws(Fault) -> Slot {
    try graph.append(
      try declaration.layer(values, input: graph.shape(of: input), needed: graph.needed), input)
  }
}

/// A layer as a plug-in describes it.
struct LayerDeclaration: Sendable {
  let plugin: String
  let type: String
  let summary: String
  let keepsShape: Bool
  let exampleInput: Shape
  let options: DeclaredOptions
  let examples: [OptionValues]
  private let description: Description<elbo_layer>

  /// Throws `plugin` if the description is invalid, or an example cannot be built.
  init(_ layer: elbo_layer, of plugin: String) throws(Fault) {
    self.plugin = plugin
    description = Description(value: layer)
    type = try Reading.name(layer.type, "type")
    summary = try Reading.text(layer.summary, "summary")
    keepsShape = layer.keeps_shape != 0
    options = try DeclaredOptions(layer.options, layer.option_count)
    examples = try options.examples(layer.examples, layer.example_count)
    exampleInput = try Reading.shape(layer.example_input, "example_input")
    _ = try Reading.function(layer.create, "create")
    _ = try Reading.function(layer.forward, "forward")
    _ = try Reading.function(layer.backward, "backward")
    for (index, example) in examples.enumerated() {
      do throws(Fault) { _ = try self.layer(example, input: exampleInput, needed: nil) } catch {
        var fault = error.within("examples[\(index)]")
        fault.kind = .plugin
        throw fault
      }
    }
  }

  var row: Registry<any LayerPart>.Row {
    Registry<any LayerPart>.Row(
      type, summary, options: options.fields.schema(),
      examples: examples.map { options.json(type, $0) }
    ) { (members) throws(Fault) in
      let values = try options.values(members)
      return Part(
        PluginLayerPart(declaration: self, values: values), type: type,
        options.json(type, values))
    }
  }

  /// Throws the plug-in's own fault, and `plugin` if its plan is invalid.
  func layer(_ values: OptionValues, input: Shape, needed: Int?) throws(Fault) -> PluginLayer {
    var plan = elbo_layer_plan()
    plan.size = UInt32(MemoryLayout<elbo_layer_plan>.size)
    var error = elbo_error()
    guard input.extents.count <= Int(ELBO_MAX_RANK) else {
      throw Fault(
        .shape, "expected an input of rank up to \(ELBO_MAX_RANK), got \(input)",
        expected: "rank up to \(ELBO_MAX_RANK)", got: "\(input)")
    }
    let create = try Reading.function(description.value.create, "create")
    let isRefused = try values.handedOver { (values) throws(Fault) in
      var shape = elbo_shape(input)
      return create(values, &shape, Int64(needed ?? 0), &plan, &error) != 0
    }
    if isRefused { throw Reading.refusal(error, options: options.names, otherwise: .shape) }
    let instance = LayerInstance(description.value, plan.`self`)
    do throws(Fault) { return try PluginLayer(plan, input: input, self, instance) } catch {
      var fault = error
      let place = fault.path.isEmpty ? "" : "\(fault.path): "
      fault.message = "the plug-in \(plugin) plans \(type) wrongly: \(place)\(fault.message)"
      fault.path = ""
      throw fault
    }
  }
}

/// A plug-in's instance of one layer, with the functions that use it.
final class LayerInstance: @unchecked Sendable {
  // Unchecked: the interface says that passes on several threads only read it; it is destroyed with
  // its last reference.
  let pointer: UnsafeMutableRawPointer?
  let functions: elbo_layer

  init(_ functions: elbo_layer, _ pointer: UnsafeMutableRawPointer?) {
    self.functions = functions
    self.pointer = pointer
  }

  deinit { functions.destroy?(pointer) }
}

/// A layer of a plug-in for an input of known shape.
struct PluginLayer: Layer {
  let output: Shape
  let parameters: [ParameterSpec]
  let cachePerRow: Int
  let scratch: Int
  let readsInput: Bool
  let readsOutput: Bool
  private let instance: LayerInstance

  /// Throws `plugin` for an invalid plan.
  init(
    _ plan: elbo_layer_plan, input: Shape, _ declaration: LayerDeclaration,
    _ instance: LayerInstance
  ) throws(Fault) {
    self.instance = instance
    output = try Reading.shape(plan.output, "output")
    if declaration.keepsShape, output != input {
      throw Reading.misfit("output", "\(input), since it keeps the shape of its input", "\(output)")
    }
    guard (0...Int64(ELBO_MAX_PARAMETERS)).contains(plan.parameter_count) else {
      throw Reading.misfit(
        "parameter_count", "from 0 to \(ELBO_MAX_PARAMETERS)", "\(plan.parameter_count)")
    }
    var parameters: [ParameterSpec] = []
    for index in 0..<Int(plan.parameter_count) {
      try within("parameters[\(index)]") { () throws(Fault) in
        let raw = withUnsafeBytes(of: plan.parameters) { bytes in
          bytes.load(
            fromByteOffset: index * MemoryLayout<elbo_parameter>.stride, as: elbo_parameter.self)
        }
        let parameter = try Self.parameter(raw)
        guard !parameters.contains(where: { $0.name == parameter.name }) else {
          throw Reading.misfit("name", "a name that no other parameter has", parameter.name)
        }
        parameters.append(parameter)
      }
    }
    self.parameters = parameters
    let sizes = 0...Int64(1 << 32)
    guard sizes.contains(plan.cache_per_row) else {
      throw Reading.misfit("cache_per_row", "a count from 0", "\(plan.cache_per_row)")
    }
    guard sizes.contains(plan.scratch) else {
      throw Reading.misfit("scratch", "a count from 0", "\(plan.scratch)")
    }
    (cachePerRow, scratch) = (Int(plan.cache_per_row), Int(plan.scratch))
    (readsInput, readsOutput) = (plan.ignores_input == 0, plan.ignores_output == 0)
    // A layer that works in place has as many outputs as inputs, which `Stack` ensures.
  }

  /// The interface has no member for the role, so the name determines it.
  private static func role(_ name: String) -> ParameterSpec.Role {
    if name == "bias" { return .bias }
    return name == "weight" || name.hasSuffix("Weight") ? .weight : .other
  }

  private static func parameter(_ raw: elbo_parameter) throws(Fault) -> ParameterSpec {
    let name = try Reading.name(raw.name, "name")
    let shape = try Reading.shape(raw.shape, "shape")
    switch UInt32(bitPattern: raw.initial) {
    case ELBO_CONSTANT.rawValue:
      guard Float(raw.constant).isFinite else {
        throw Reading.misfit("constant", "a finite number", "\(raw.constant)")
      }
      return ParameterSpec(name, shape, .constant(Float(raw.constant)), role: role(name))
    case ELBO_GLOROT_UNIFORM.rawValue:
      let fans = 1...Int64(1 << 40)
      guard fans.contains(raw.fan_in), fans.contains(raw.fan_out) else {
        throw Reading.misfit("fan_in, fan_out", "counts from 1", "\(raw.fan_in), \(raw.fan_out)")
      }
      return ParameterSpec(
        name, shape, .glorotUniform(fanIn: Int(raw.fan_in), fanOut: Int(raw.fan_out)),
        role: role(name))
    default: throw Reading.misfit("initial", "0 or 1", "\(raw.initial)")
    }
  }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    call(pass, x.rows, isForward: true) { handed in
      var (x, y) = (elbo_block(x), elbo_block(y))
      instance.functions.forward(instance.pointer, handed, &x, &y)
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    call(pass, x.rows, isForward: false) { handed in
      var (dy, x, y) = (elbo_block(dy), elbo_block(x), elbo_block(y))
      guard let dx else {
        return instance.functions.backward(instance.pointer, handed, &dy, &x, &y, nil)
      }
      var target = elbo_block(dx)
      instance.functions.backward(instance.pointer, handed, &dy, &x, &y, &target)
    }
  }

  /// Passes the pass in the interface's form, on the stack, since an update allocates nothing.
  private func call(
    _ pass: Pass, _ rows: Int, isForward: Bool, _ body: (UnsafePointer<elbo_pass>) -> Void
  ) {
    let count = parameters.count
    withUnsafeTemporaryAllocation(of: elbo_block.self, capacity: 2 * count + 1) { blocks in
      guard let base = blocks.baseAddress else { return }
      let hasGradients = !isForward && pass.isTraining
      for index in 0..<count {
        (base + index).initialize(to: elbo_block(pass.parameter(index)))
        if hasGradients {
          (base + count + index).initialize(to: elbo_block(pass.gradient(index)))
        }
      }
      let draws = PassDraws(pass: pass, rows: isForward && pass.isTraining ? rows : 0, all: rows)
      withUnsafePointer(to: draws) { host in
        var handed = elbo_pass()
        handed.size = UInt32(MemoryLayout<elbo_pass>.size)
        handed.is_training = pass.isTraining ? 1 : 0
        handed.accumulates = pass.accumulates ? 1 : 0
        handed.parameters = UnsafePointer(base)
        handed.gradients = hasGradients ? UnsafePointer(base + count) : nil
        handed.cache = elbo_block(pass.cache)
        handed.scratch = elbo_block(pass.scratch)
        handed.uniform = { PassDraws.fill($0, $1, $2, $3, isNormal: false) }
        handed.normal = { PassDraws.fill($0, $1, $2, $3, isNormal: true) }
        handed.host = UnsafeRawPointer(host)
        withUnsafePointer(to: handed, body)
      }
    }
  }
}

/// The keys of the random numbers of a pass.
private struct PassDraws {
  let pass: Pass
  /// The number of rows that may draw; zero if nothing is drawn.
  let rows: Int
  let all: Int

  static func fill(
    _ handed: UnsafePointer<elbo_pass>?, _ into: UnsafeMutablePointer<Float>?, _ columns: Int64,
    _ stride: Int64, isNormal: Bool
  ) {
    guard let host = handed?.pointee.host, let into, columns > 0, stride >= columns else { return }
    let draws = host.assumingMemoryBound(to: PassDraws.self).pointee
    let block = Block(into, rows: draws.all, columns: Int(columns), stride: Int(stride))
    guard draws.rows > 0 else {
      for row in 0..<block.rows { block.row(row).update(repeating: 0, count: block.columns) }
      return
    }
    let (random, keys) = (draws.pass.random, draws.pass.draws)
    if isNormal {
      random.normal(
        into: block, rows: keys.names, samples: keys.samples, firstSample: keys.firstSample,
        update: keys.update)
    } else {
      random.uniform(
        into: block, rows: keys.names, samples: keys.samples, firstSample: keys.firstSample,
        update: keys.update)
    }
  }
}
