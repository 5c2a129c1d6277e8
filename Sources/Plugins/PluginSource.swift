import CPlugin
import DataSources
import Declarations
import Files
import JSON
import Tensors

/// A source of a plug-in with decoded options, as the registry returns it.
struct PluginSourcePart: SourcePart {
  let declaration: SourceDeclaration
  let values: OptionValues

  func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    try declaration.load(values, checkpoint)
  }
}

/// A source as a plug-in describes it.
struct SourceDeclaration: Sendable {
  let plugin: String
  let type: String
  let summary: String
  let options: DeclaredOptions
  let examples: [OptionValues]
  private let description: Description<elbo_source>

  /// Throws `plugin` if the description is invalid. Nothing is loaded yet.
  init(_ source: elbo_source, of plugin: String) throws(Fault) {
    self.plugin = plugin
    description = Description(value: source)
    type = try Reading.name(source.type, "type")
    summary = try Reading.text(source.summary, "summary")
    options = try DeclaredOptions(source.options, source.option_count)
    examples = try options.examples(source.examples, source.example_count)
    _ = try Reading.function(source.load, "load")
  }

  var row: Registry<any SourcePart>.Row {
    Registry<any SourcePart>.Row(
      type, summary, options: options.fields.schema(),
      examples: examples.map { options.json(type, $0) }
    ) { (members) throws(Fault) in
      let values = try options.values(members)
      return Part(
        PluginSourcePart(declaration: self, values: values), type: type,
        options.json(type, values))
    }
  }

  /// Throws the plug-in's own fault, and `plugin` for invalid rows.
  func load(
    _ values: OptionValues, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    // The closure does not escape: the collected rows end with this call.
    try withoutActuallyEscaping(checkpoint) { (checkpoint) throws(Fault) in
      try load(values, into: Collected(checkpoint))
    }
  }

  private func load(_ values: OptionValues, into collected: Collected) throws(Fault) -> Rows {
    let load = try Reading.function(description.value.load, "load")
    var error = elbo_error()
    let isRefused = try values.handedOver { (values) throws(Fault) in
      var sink = elbo_sink()
      sink.size = UInt32(MemoryLayout<elbo_sink>.size)
      sink.shape = { Collected.of($0)?.begin($1) ?? 1 }
      sink.floats = { Collected.of($0)?.take(floats: $1, $2) ?? 1 }
      sink.bytes = { Collected.of($0)?.take(bytes: $1, $2) ?? 1 }
      sink.labels = { Collected.of($0)?.label($1, $2) ?? 1 }
      sink.host = Unmanaged.passUnretained(collected).toOpaque()
      return withExtendedLifetime(collected) { load(values, &sink, &error) != 0 }
    }
    if let fault = collected.fault {
      guard fault.kind != .cancelled else { throw fault }
      var fault = fault
      let place = fault.path.isEmpty ? "" : "\(fault.path): "
      fault.message = "the plug-in \(plugin) loads \(type) wrongly: \(place)\(fault.message)"
      fault.path = ""
      throw fault
    }
    if isRefused { throw Reading.refusal(error, options: options.names, otherwise: .plugin) }
    guard let shape = collected.shape, let storage = collected.storage else {
      throw Fault(
        .plugin, "the plug-in \(plugin) loads \(type) wrongly: there are no rows",
        expected: "a shape and at least one row", got: "none")
    }
    return try Rows(storage, shape, labels: collected.labels.isEmpty ? nil : collected.labels)
  }
}

/// The rows that a plug-in delivers, in several calls on one thread.
private final class Collected {
  private(set) var shape: Shape?
  private var floats: [Float] = []
  private var bytes: [UInt8] = []
  private(set) var labels: [Int] = []
  /// The fault of the first call that failed.
  private(set) var fault: Fault?
  private let checkpoint: () throws(Fault) -> Void

  init(_ checkpoint: @escaping () throws(Fault) -> Void) { self.checkpoint = checkpoint }

  var storage: Storage? {
    if !floats.isEmpty { return .floats(floats) }
    return bytes.isEmpty ? nil : .bytes(bytes)
  }

  static func of(_ sink: UnsafePointer<elbo_sink>?) -> Collected? {
    sink?.pointee.host.map { Unmanaged<Collected>.fromOpaque($0).takeUnretainedValue() }
  }

  func begin(_ raw: UnsafePointer<elbo_shape>?) -> Int32 {
    taking { () throws(Fault) in
      guard shape == nil, let raw else {
        throw Reading.misfit("shape", "one shape", raw == nil ? "null" : "another")
      }
      shape = try Reading.shape(raw.pointee, "shape")
    }
  }

  func take(floats values: UnsafePointer<Float>?, _ rows: Int64) -> Int32 {
    taking { () throws(Fault) in
      guard bytes.isEmpty else { throw Self.mixed }
      floats += try array(values, rows)
    }
  }

  func take(bytes values: UnsafePointer<UInt8>?, _ rows: Int64) -> Int32 {
    taking { () throws(Fault) in
      guard floats.isEmpty else { throw Self.mixed }
      bytes += try array(values, rows)
    }
  }

  private static let mixed = Reading.misfit("rows", "all as floats or all as bytes", "both")

  private func array<T>(
    _ values: UnsafePointer<T>?, _ rows: Int64
  ) throws(Fault) -> UnsafeBufferPointer<T> {
    guard let shape, let values else {
      throw Reading.misfit("rows", "a shape, then rows", values == nil ? "null" : "no shape")
    }
    guard (0...Int64(UInt32.max)).contains(rows), let count = shape.rows(Int(rows)).checkedCount()
    else { throw Reading.misfit("rows", "a count from 0", "\(rows)") }
    // The current rows may be copied into a buffer of twice the size.
    try Memory.require(
      (Size(count) + max(floats.count, bytes.count)).bytes(of: T.self) * 2, for: "the rows")
    return UnsafeBufferPointer(start: values, count: count)
  }

  func label(_ values: UnsafePointer<Int64>?, _ count: Int64) -> Int32 {
    taking { () throws(Fault) in
      guard let values, (0...Int64(UInt32.max)).contains(count) else {
        throw Reading.misfit("labels", "a count from 0", values == nil ? "null" : "\(count)")
      }
      try Memory.require((Size(Int(count)) + labels.count) * 24, for: "the labels")
      labels += UnsafeBufferPointer(start: values, count: Int(count)).map { Int($0) }
    }
  }

  private func taking(_ body: () throws(Fault) -> Void) -> Int32 {
    guard fault == nil else { return 1 }
    do throws(Fault) {
      try checkpoint()
      try body()
    } catch {
      fault = error
      return 1
    }
    return 0
  }
}
