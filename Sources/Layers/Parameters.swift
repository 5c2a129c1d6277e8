import JSON
import Tensors

/// One array of parameters or state: its name within the layer, its shape, and how it begins.
public struct ParameterSpec: Sendable {
  public enum Initial: Sendable {
    case constant(Float)
    /// Uniform on ±sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010).
    case glorotUniform(fanIn: Int, fanOut: Int)
  }

  public var name: String
  public let shape: Shape
  /// Rows of the matrix that products see; the columns are the rest.
  public let rows: Int
  public let initial: Initial

  public init(_ name: String, _ shape: Shape, _ initial: Initial = .constant(0), rows: Int? = nil) {
    self.name = name
    self.shape = shape
    self.initial = initial
    self.rows =
      rows ?? (shape.extents.count < 2 ? 1 : shape.count / shape.extents[shape.extents.count - 1])
  }

  public var columns: Int { shape.count / rows }

  func named(_ name: String) -> ParameterSpec {
    var spec = self
    spec.name = name
    return spec
  }
}

/// Arrays by name in one stretch of memory: a model's parameters, its state, a lane's gradients, an optimizer's slots.
public final class Parameters {
  public let specs: [ParameterSpec]
  public let arena: Arena
  private let table: UnsafeMutablePointer<Block>

  /// Zeros for every array.
  public init(_ specs: [ParameterSpec], margin: Int = 0) {
    self.specs = specs
    var layout = Arena.Layout(margin: margin)
    let places = specs.map { layout.block(rows: $0.rows, columns: $0.columns) }
    arena = Arena(layout)
    table = .allocate(capacity: max(1, specs.count))
    for (index, place) in places.enumerated() {
      (table + index).initialize(to: arena.block(place))
    }
  }

  deinit { table.deallocate() }

  /// The blocks in the order of the specs.
  public var blocks: UnsafePointer<Block> { UnsafePointer(table) }

  /// Everything, padding included, as one row.
  public var all: UnsafeMutableBufferPointer<Float> { arena.all }

  /// The number of parameters, without padding.
  public var count: Int { specs.reduce(0) { $0 + $1.shape.count } }

  public func index(of name: String) -> Int? { specs.firstIndex { $0.name == name } }

  public func tensor(_ index: Int) -> Tensor {
    var tensor = Tensor(zeros: specs[index].shape)
    tensor.values.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress { table[index].store(base) }
    }
    return tensor
  }

  public func assign(_ tensor: Tensor, to index: Int) {
    tensor.values.withUnsafeBufferPointer { values in
      if let base = values.baseAddress { table[index].load(base) }
    }
  }

  /// Overwrites everything with that of a store of the same specs.
  public func copy(_ other: Parameters) {
    guard let base = all.baseAddress, let source = other.all.baseAddress else { return }
    base.update(from: source, count: min(all.count, other.all.count))
  }

  /// Sets every array to its initial values; array i draws as row i.
  public func initialize(seed: Int) {
    let random = Random(seed: seed, .initialization)
    for (index, spec) in specs.enumerated() {
      var values = [Float](repeating: 0, count: spec.shape.count)
      switch spec.initial {
      case .constant(let value): values = values.map { _ in value }
      case .glorotUniform(let fanIn, let fanOut):
        let limit = (6 / Float(fanIn + fanOut)).squareRoot()
        let name = [UInt32(index)]
        values.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          let row = Block(base, rows: 1, columns: buffer.count)
          name.withUnsafeBufferPointer { name in
            if let name = name.baseAddress { random.uniform(into: row, rows: name) }
          }
          for i in buffer.indices { buffer[i] = (2 * buffer[i] - 1) * limit }
        }
      }
      assign(Tensor(spec.shape, values), to: index)
    }
  }
}
