import CPlugin
import Glibc
import Synchronization

/// A description of a plug-in that is read off bytes, with all memory that it points to.
final class PluginTable: @unchecked Sendable {
  // Unchecked: it is used by the thread of its case alone; the functions of a plug-in get no other
  // way to it.

  /// The table whose functions are called.
  final class Running: Sendable {
    private let table = Mutex<PluginTable?>(nil)
    func set(_ new: PluginTable?) { table.withLock { $0 = new } }
    var now: PluginTable? { table.withLock { $0 } }
  }

  static let running = Running()

  private let bytes: [UInt8]
  private var place = 0
  private var blocks: [UnsafeMutableRawPointer] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  deinit { for block in blocks { free(block) } }

  // MARK: Values

  /// The next byte; zero behind the last.
  private var next: UInt8 {
    defer { place += 1 }
    return place < bytes.count ? bytes[place] : 0
  }

  private func byte(below bound: UInt8) -> UInt8 { next % bound }

  private func integer() -> Int64 {
    switch byte(below: 8) {
    case 0: Int64(next)
    case 1: -Int64(next)
    case 2: .max
    case 3: .min
    case 4: 1 << Int64(next % 63)
    case 5: (0..<8).reduce(0) { sum, _ in sum << 8 | Int64(next) }
    default: 1
    }
  }

  private func number() -> Double {
    switch byte(below: 6) {
    case 0: .nan
    case 1: -.infinity
    case 2: Double(bitPattern: UInt64(bitPattern: integer()))
    default: Double(Int8(bitPattern: next))
    }
  }

  private func count(_ right: Int64) -> Int64 { byte(below: 8) == 0 ? integer() : right }
  private func size<T>(_ type: T.Type) -> UInt32 {
    byte(below: 16) == 0 ? UInt32(truncatingIfNeeded: integer()) : UInt32(MemoryLayout<T>.size)
  }

  // MARK: Pointers

  /// The largest number of elements that a description may have.
  private static let most = 1024

  /// Returns an array of `count` elements, in as much memory as any allowed count needs, or null.
  private func array<T>(_ count: Int64, _ make: () -> T) -> UnsafePointer<T>? {
    guard byte(below: 16) > 0, let memory = calloc(Self.most, MemoryLayout<T>.stride) else {
      return nil
    }
    blocks.append(memory)
    let base = memory.bindMemory(to: T.self, capacity: Self.most)
    for index in 0..<Int(max(0, min(count, 4))) { base[index] = make() }
    return UnsafePointer(base)
  }

  private func text() -> UnsafePointer<CChar>? {
    let words = [
      "mine", "a", "type", "weight", "bias", "{}", "{\"a\": 1}", "swish", "A sentence.", "dense",
    ]
    var characters: [UInt8]
    switch byte(below: 16) {
    case 0: return nil
    case 1: characters = (0..<byte(below: 80)).map { _ in next }
    default: characters = Array(words[Int(byte(below: UInt8(words.count)))].utf8)
    }
    characters.append(0)
    guard let memory = malloc(characters.count) else { return nil }
    blocks.append(memory)
    memory.copyMemory(from: characters, byteCount: characters.count)
    return UnsafePointer(memory.assumingMemoryBound(to: CChar.self))
  }

  private func texts(_ count: Int64) -> UnsafePointer<UnsafePointer<CChar>?>? {
    array(count) { text() }
  }

  private func shape() -> elbo_shape {
    var shape = elbo_shape()
    shape.rank = count(Int64(1 + byte(below: 3)))
    withUnsafeMutableBytes(of: &shape.extents) { raw in
      for axis in 0..<8 {
        let extent = byte(below: 8) == 0 ? integer() : Int64(1 + byte(below: 4))
        raw.storeBytes(of: extent, toByteOffset: 8 * axis, as: Int64.self)
      }
    }
    return shape
  }

  // MARK: Descriptions

  func description() -> elbo_plugin_description {
    var plugin = elbo_plugin_description()
    (plugin.abi_version, plugin.size) = (1, size(elbo_plugin_description.self))
    (plugin.name, plugin.version) = (text(), text())
    let counts = (Int64(byte(below: 3)), Int64(byte(below: 3)), Int64(byte(below: 3)))
    plugin.layers = array(counts.0) { layer() }
    plugin.layer_count = count(counts.0)
    plugin.likelihoods = array(counts.1) { likelihood() }
    plugin.likelihood_count = count(counts.1)
    plugin.sources = array(counts.2) { source() }
    plugin.source_count = count(counts.2)
    return plugin
  }

  private func option() -> elbo_option {
    var option = elbo_option()
    option.size = size(elbo_option.self)
    option.kind = Int32(byte(below: 6))
    option.presence = Int32(byte(below: 4))
    option.bounds = Int32(byte(below: 9))
    (option.name, option.summary) = (text(), text())
    option.preset = elbo_value(is_given: 1, integer: integer(), number: number(), text: text())
    (option.minimum, option.maximum) = (number(), number())
    let choices = Int64(byte(below: 3))
    option.choices = texts(choices)
    option.choice_count = count(choices)
    return option
  }

  private func layer() -> elbo_layer {
    var layer = elbo_layer()
    layer.size = size(elbo_layer.self)
    layer.keeps_shape = Int32(byte(below: 2))
    (layer.type, layer.summary) = (text(), text())
    let counts = (Int64(byte(below: 3)), Int64(byte(below: 3)))
    layer.options = array(counts.0) { option() }
    layer.option_count = count(counts.0)
    layer.examples = texts(counts.1)
    layer.example_count = count(counts.1)
    layer.example_input = shape()
    if byte(below: 16) > 0 {
      layer.create = { _, _, _, plan, error in
        PluginTable.running.now?.plan(plan, error) ?? 1
      }
    }
    if byte(below: 16) > 0 { layer.forward = { _, _, _, _ in } }
    if byte(below: 16) > 0 { layer.backward = { _, _, _, _, _, _ in } }
    if byte(below: 2) > 0 { layer.destroy = { _ in } }
    return layer
  }

  private func likelihood() -> elbo_likelihood {
    var likelihood = elbo_likelihood()
    likelihood.size = size(elbo_likelihood.self)
    (likelihood.type, likelihood.summary) = (text(), text())
    (likelihood.support, likelihood.hint) = (text(), text())
    let counts = (Int64(byte(below: 3)), Int64(byte(below: 3)))
    likelihood.options = array(counts.0) { option() }
    likelihood.option_count = count(counts.0)
    likelihood.examples = texts(counts.1)
    likelihood.example_count = count(counts.1)
    likelihood.example_shape = shape()
    if byte(below: 16) > 0 {
      likelihood.create = { _, _, plan, error in
        guard let table = PluginTable.running.now else { return 1 }
        plan?.pointee.outputs = table.integer()
        return table.refusal(error)
      }
    }
    if byte(below: 16) > 0 { likelihood.evaluate = { _, _, _, _, _, _, _ in } }
    if byte(below: 16) > 0 { likelihood.mean = { _, _, _ in } }
    if byte(below: 16) > 0 { likelihood.draw = { _, _, _ in } }
    if byte(below: 16) > 0 { likelihood.first_outside = { _, _, _ in -1 } }
    return likelihood
  }

  private func source() -> elbo_source {
    var source = elbo_source()
    source.size = size(elbo_source.self)
    (source.type, source.summary) = (text(), text())
    let counts = (Int64(byte(below: 3)), Int64(byte(below: 3)))
    source.options = array(counts.0) { option() }
    source.option_count = count(counts.0)
    source.examples = texts(counts.1)
    source.example_count = count(counts.1)
    if byte(below: 16) > 0 {
      source.load = { _, sink, error in
        guard let table = PluginTable.running.now, let sink else { return 1 }
        return table.load(into: sink) ? 1 : table.refusal(error)
      }
    }
    return source
  }

  // MARK: Functions

  private func refusal(_ error: UnsafeMutablePointer<elbo_error>?) -> Int32 {
    guard byte(below: 4) == 0 else { return 0 }
    error?.pointee.option = text()
    withUnsafeMutableBytes(of: &error!.pointee.message) { raw in
      // Without a zero byte, as a careless plug-in leaves it.
      for index in 0..<(byte(below: 2) == 0 ? 8 : raw.count) { raw[index] = next | 1 }
    }
    return 1
  }

  private func plan(
    _ plan: UnsafeMutablePointer<elbo_layer_plan>?, _ error: UnsafeMutablePointer<elbo_error>?
  ) -> Int32 {
    guard let plan else { return 1 }
    plan.pointee.size = size(elbo_layer_plan.self)
    plan.pointee.ignores_input = Int32(byte(below: 3))
    plan.pointee.ignores_output = Int32(byte(below: 3))
    plan.pointee.output = shape()
    let parameters = byte(below: 4)
    plan.pointee.parameter_count = count(Int64(parameters))
    withUnsafeMutableBytes(of: &plan.pointee.parameters) { raw in
      for index in 0..<Int(parameters) {
        var parameter = elbo_parameter()
        parameter.name = text()
        parameter.shape = shape()
        parameter.initial = Int32(byte(below: 3))
        parameter.constant = number()
        (parameter.fan_in, parameter.fan_out) = (integer(), integer())
        raw.storeBytes(
          of: parameter, toByteOffset: index * MemoryLayout<elbo_parameter>.stride,
          as: elbo_parameter.self)
      }
    }
    (plan.pointee.cache_per_row, plan.pointee.scratch) = (integer(), integer())
    return refusal(error)
  }

  /// Hands over rows; returns whether the sink has refused some.
  private func load(into sink: UnsafePointer<elbo_sink>) -> Bool {
    var isRefused = false
    // All rows that are handed over stand here.
    let values = [Float](repeating: 0.5, count: 1 << 12)
    var most = Int64(0)
    for _ in 0..<byte(below: 8) {
      switch byte(below: 4) {
      case 0:
        var shape = elbo_vector(Int64(1 + byte(below: 8)))
        if byte(below: 8) == 0 { shape = self.shape() }
        isRefused = sink.pointee.shape(sink, &shape) != 0 || isRefused
        most = min(8, Self.rows(of: shape, in: Int64(values.count)))
      case 1:
        isRefused = sink.pointee.floats(sink, values, rows(most)) != 0 || isRefused
      case 2:
        values.withUnsafeBytes { raw in
          let bytes = raw.bindMemory(to: UInt8.self).baseAddress
          isRefused = sink.pointee.bytes(sink, bytes, rows(most)) != 0 || isRefused
        }
      default:
        let labels = (0..<16).map { _ in integer() }
        isRefused = sink.pointee.labels(sink, labels, rows(16)) != 0 || isRefused
      }
    }
    return isRefused
  }

  /// Returns a number of rows up to `most`, which may be negative.
  private func rows(_ most: Int64) -> Int64 {
    byte(below: 8) == 0 ? min(integer(), most) : min(Int64(byte(below: 17)), most)
  }

  /// Returns how many rows of this shape fit; none if it is no shape.
  private static func rows(of shape: elbo_shape, in count: Int64) -> Int64 {
    var shape = shape
    let extents = withUnsafeBytes(of: &shape.extents) { Array($0.bindMemory(to: Int64.self)) }
    guard (1...8).contains(shape.rank) else { return 0 }
    var left = count
    for extent in extents.prefix(Int(shape.rank)) {
      guard extent > 0 else { return 0 }
      left /= extent
    }
    return left
  }
}
