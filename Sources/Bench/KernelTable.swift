import CKernels
import Declarations
import JSON
import Layers
import Tensors
import Variational

/// All kernels, at work on arrays that stay in the second-level cache: the speed that one core
/// reaches without waiting for memory.
struct KernelTable {
  /// One row: its name, the bytes read and written by one call (or the operations of a product),
  /// and the call.
  struct Row {
    let name: String
    var bytes = 0
    var operations = 0
    let run: () -> Void
  }

  static let count = 1 << 14
  private static let columns = 784
  private static let rows = 64
  /// The number of groups of three bytes in a text.
  private static let groups = rows * columns / 3

  /// The shapes of products that occur in the workloads: rows, inner width, columns of y = x w.
  private static let shapes = [
    (100, 128, 196), (100, 196, 128), (128, 100, 196), (50, 500, 784), (500, 50, 784),
    (250, 200, 784), (250, 200, 200),
  ]

  private let arena: Arena
  private let wide: [Block]
  private let products: [(x: Block, w: Block, y: Block)]
  private let activations: [any Activation]
  private let optimizers: [any OptimizerModule]
  /// The parameters of each optimizer, followed by its slots.
  private let histories: [Block]
  private let bytes: UnsafeMutablePointer<UInt8>
  private let text: UnsafeMutablePointer<CChar>
  private let names: UnsafeMutablePointer<UInt32>
  private let densities: UnsafeMutablePointer<Double>
  private let offsets: UnsafeMutablePointer<UInt32>
  private let indices: UnsafeMutablePointer<UInt32>
  private let columnOffsets: UnsafeMutablePointer<UInt32>
  private let rowIndices: UnsafeMutablePointer<UInt32>

  /// Throws `memory`, and what decoding the examples throws.
  init() throws(Fault) {
    let (rows, columns) = (Self.rows, Self.columns)
    activations = try LayerKind.activations()
    optimizers = try OptimizerKind.variants()
    var layout = Arena.Layout(margin: 0)
    let places = (0..<4).map { _ in layout.block(rows: rows, columns: columns) }
    let shapes = Self.shapes.map { n, k, m in
      (
        layout.block(rows: n, columns: k), layout.block(rows: k, columns: m),
        layout.block(rows: n, columns: m)
      )
    }
    let kept = optimizers.map { layout.block(rows: 1 + $0.slots, columns: Self.count) }
    let arena = try Arena(layout)
    self.arena = arena
    wide = places.map { arena.block($0) }
    products = shapes.map { (arena.block($0.0), arena.block($0.1), arena.block($0.2)) }
    histories = kept.map { arena.block($0) }
    bytes = .allocate(capacity: rows * columns)
    text = .allocate(capacity: 4 * Self.groups)
    names = .allocate(capacity: rows)
    densities = .allocate(capacity: rows)
    offsets = .allocate(capacity: rows + 1)
    indices = .allocate(capacity: rows * columns + 4)
    columnOffsets = .allocate(capacity: columns + 2)
    rowIndices = .allocate(capacity: rows * columns + 1)
    for i in 0..<rows * columns { bytes[i] = UInt8(i * 7 % 256) }
    elbo_base64_encode(Self.groups, bytes, text)
    for i in 0..<rows { names[i] = UInt32(i) }
    for i in arena.all.indices { arena.all[i] = Float(i % 997) / 997 - 0.5 }
    // Zeros, as before the first update.
    for history in histories { history.base.update(repeating: 0, count: history.span) }
    // An image in which one pixel in eight is a one.
    for r in 0..<rows {
      for c in 0..<columns { wide[0][r, c] = (r * 31 + c * 17) % 8 == 0 ? 1 : 0 }
    }
    _ = elbo_find_ones(rows, columns, wide[0].stride, wide[0].base, offsets, indices)
    elbo_transpose_ones(rows, columns, offsets, indices, columnOffsets, rowIndices)
  }

  func close() {
    bytes.deallocate()
    text.deallocate()
    names.deallocate()
    densities.deallocate()
    for pointer in [offsets, indices, columnOffsets, rowIndices] { pointer.deallocate() }
  }

  var table: [Row] {
    exponentials + functions + flat + steps + blocks + draws + ones + texts + matrices
  }

  private func flat(
    _ name: String, arrays: Int, _ run: @escaping () -> Void
  ) -> Row { Row(name: name, bytes: 4 * arrays * Self.count, run: run) }

  private var exponentials: [Row] {
    let (x, y) = (wide[1].base, wide[2].base)
    return [
      flat("exp", arrays: 2) { elbo_exp(Self.count, x, y) },
      flat("log", arrays: 2) { elbo_log(Self.count, x, y) },
    ]
  }

  /// The rows of every registered activation.
  private var functions: [Row] {
    let (x, y, z) = (wide[1].base, wide[2].base, wide[3].base)
    return activations.flatMap { activation in
      [
        flat(activation.typeName, arrays: 2) { activation.forward(Self.count, x, y) },
        flat(activation.typeName + " backward", arrays: 3) {
          activation.backward(Self.count, x, y, z)
        },
      ]
    }
  }

  /// The rows of every registered optimizer at its tenth update, when RAdam no longer waits. Each
  /// reads the gradient, and reads and writes the parameters and its slots.
  private var steps: [Row] {
    let gradient = wide[1].base
    return zip(optimizers, histories).map { optimizer, history in
      let slots = (0..<optimizer.slots).map { history.row(1 + $0) }
      return flat(Self.name(of: optimizer), arrays: 1 + 2 * history.rows) {
        optimizer.step(
          update: 10, count: Self.count, parameters: history.base, gradient: gradient, scale: 1,
          slots: slots)
      }
    }
  }

  /// Returns the type, with the options that differ from their defaults.
  private static func name(of module: any OptimizerModule) -> String {
    let usual = type(of: module).init().json
    guard case .object(let members) = module.json else { return type(of: module).type }
    let options = members.filter { usual[$0.name] != $0.value }
    return ([type(of: module).type] + options.map { "\($0.name) \($0.value.line)" })
      .joined(separator: " ")
  }

  private var flat: [Row] {
    let n = Self.count
    let (x, y, z) = (wide[1].base, wide[2].base, wide[3].base)
    let halves: [UnsafePointer<Float>?] = [UnsafePointer(x), UnsafePointer(y)]
    return [
      flat("add", arrays: 3) { elbo_add(n, x, z) },
      flat("scale", arrays: 2) { elbo_scale(n, 1, z) },
      flat("multiply", arrays: 3) { elbo_multiply(n, x, y, z) },
      flat("sum_of_squares", arrays: 1) { _ = elbo_sum_of_squares(1, n, n, x) },
      flat("sum_lanes (2)", arrays: 3) { _ = elbo_sum_lanes(n, 2, halves, z) },
    ]
  }

  private var blocks: [Row] {
    let (rows, columns) = (Self.rows, Self.columns)
    let (image, x, y) = (wide[0], wide[1], wide[2])
    let (factors, sums) = (wide[3].row(0), wide[3].row(1))
    let size = 4 * rows * columns
    return [
      Row(name: "fill_rows", bytes: size) {
        elbo_fill_rows(rows, columns, y.stride, factors, y.base)
      },
      Row(name: "sum_rows", bytes: size) {
        elbo_sum_rows(rows, columns, x.stride, x.base, 0, sums)
      },
      Row(name: "scale_rows", bytes: 2 * size) {
        elbo_scale_rows(rows, columns, y.stride, factors, y.base)
      },
      Row(name: "gather_bytes", bytes: size + size / 4) {
        elbo_gather_bytes(rows, columns, bytes, names, y.stride, y.base)
      },
      Row(name: "bernoulli", bytes: 2 * size) {
        elbo_bernoulli(
          rows, columns, 1, image.stride, image.base, x.stride, x.base, 1, densities, nil)
      },
      Row(name: "bernoulli + gradient", bytes: 3 * size) {
        elbo_bernoulli(
          rows, columns, 1, image.stride, image.base, x.stride, x.base, 1, densities, y.base)
      },
      Row(name: "transpose", bytes: 2 * size) {
        let t = Block(y.base, rows: columns, columns: rows, stride: rows)
        x.transpose(into: t)
      },
    ]
  }

  private var draws: [Row] {
    let y = wide[2]
    let random = Random(seed: 0, .posterior)
    let size = 4 * Self.rows * Self.columns
    return [
      Row(name: "uniform", bytes: size) { random.uniform(into: y, rows: names) },
      Row(name: "normal", bytes: size) { random.normal(into: y, rows: names) },
    ]
  }

  private var ones: [Row] {
    let (rows, columns) = (Self.rows, Self.columns)
    let (image, w, y) = (wide[0], wide[1], wide[2])
    let listed = Int(offsets[rows])
    // 64 columns of weights, so that there is a row for each of the 784 pixels.
    let width = 64
    return [
      Row(name: "find_ones", bytes: 4 * rows * columns) {
        _ = elbo_find_ones(rows, columns, image.stride, image.base, offsets, indices)
      },
      Row(name: "transpose_ones", bytes: 8 * listed) {
        elbo_transpose_ones(rows, columns, offsets, indices, columnOffsets, rowIndices)
      },
      Row(name: "sum_selected", bytes: 4 * width * (listed + rows)) {
        elbo_sum_selected(rows, offsets, indices, width, width, w.base, nil, 0, y.stride, y.base)
      },
    ]
  }

  private var texts: [Row] {
    let n = Self.groups
    return [
      Row(name: "base64_encode", bytes: 7 * n) { elbo_base64_encode(n, bytes, text) },
      Row(name: "base64_decode", bytes: 7 * n) { _ = elbo_base64_decode(n, text, bytes) },
      Row(name: "plain_prefix", bytes: 4 * n) {
        text.withMemoryRebound(to: UInt8.self, capacity: 4 * n) { _ = elbo_plain_prefix(4 * n, $0) }
      },
    ]
  }

  private var matrices: [Row] {
    zip(Self.shapes, products).map { shape, blocks in
      let (n, k, m) = shape
      return Row(name: "product \(n) x \(k) x \(m)", operations: 2 * n * k * m) {
        MatrixProduct.multiply(blocks.x, blocks.w, into: blocks.y)
      }
    }
  }
}
