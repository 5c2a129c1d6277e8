import CKernels
import Files
import JSON
import Tensors

extension DataSet {
  /// Writes the rows named by `rows` into `block`.
  ///
  /// Under random binarisation a value is 1 with the probability given by its grey level: u < grey
  /// / white, where white is 255 for bytes, 65535 for pictures of 16 bits, and the greatest value,
  /// but at least 1, for floats. The u of a row at an update depend only on the seed, the row and
  /// the update, not on the batch.
  public func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {
    if let distributed { return gather(distributed, rows, block, update) }
    switch storage {
    case .bytes(let values):
      values.withUnsafeBufferPointer { values in
        if case .random = binarization {
          gather(values, rows, block, update) { Float($0) }
        } else {
          elbo_gather_bytes(
            block.rows, shape.count, values.baseAddress, rows, block.stride, block.base)
        }
      }
    case .floats(let values):
      values.withUnsafeBufferPointer { gather($0, rows, block, update) { $0 } }
    case .sparse(let sparse): gather(sparse, rows, block, update)
    case .stored(let stored): gather(stored, rows, block, update)
    }
  }

  /// Gathers sparse rows: writes zeros, and the numbers between them.
  private func gather(
    _ sparse: SparseRows, _ rows: UnsafePointer<UInt32>, _ block: Block, _ update: UInt32
  ) {
    for r in 0..<block.rows { precondition(rows[r] < count, "row \(rows[r]) of \(count)") }
    guard case .random(let seed) = binarization else {
      for r in 0..<block.rows {
        sparse.write(Int(rows[r]), to: block.row(r)) { value, _ in value }
      }
      return
    }
    Random(seed: seed, .binarization).uniform(
      into: block.columns(0..<shape.count), rows: rows, update: update)
    for r in 0..<block.rows {
      sparse.write(Int(rows[r]), to: block.row(r)) { [white] grey, uniform in
        uniform * white < grey ? 1 : 0
      }
    }
  }

  /// Gathers rows of a file: reads them row by row, into a few kilobytes on the stack if they are
  /// not float32 already.
  private func gather(
    _ stored: StoredRows, _ rows: UnsafePointer<UInt32>, _ block: Block, _ update: UInt32
  ) {
    let width = shape.count
    for r in 0..<block.rows { precondition(rows[r] < count, "row \(rows[r]) of \(count)") }
    var scratch = InlineArray<8192, UInt8>(repeating: 0)
    withUnsafeMutableBytes(of: &scratch) { scratch in
      guard case .random(let seed) = binarization else {
        for r in 0..<block.rows { stored.read(Int(rows[r]), into: block.row(r), scratch) }
        return
      }
      Random(seed: seed, .binarization).uniform(
        into: block.columns(0..<width), rows: rows, update: update)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { grey in
        guard let grey = grey.baseAddress else { return }
        for r in 0..<block.rows {
          stored.read(Int(rows[r]), into: grey, scratch)
          let into = block.row(r)
          for c in 0..<width { into[c] = into[c] * white < grey[c] ? 1 : 0 }
        }
      }
    }
  }

  /// Gathers rows of which this process has some, and has been brought others.
  private func gather(
    _ distributed: DistributedRows, _ rows: UnsafePointer<UInt32>, _ block: Block, _ update: UInt32
  ) {
    var white: Float?
    if case .random(let seed) = binarization {
      white = self.white
      Random(seed: seed, .binarization).uniform(
        into: block.columns(0..<shape.count), rows: rows, update: update)
    }
    for r in 0..<block.rows {
      let into = block.row(r)
      guard let row = distributed.row(rows[r]) else {
        into.update(repeating: .nan, count: shape.count)
        continue
      }
      switch distributed.layout {
      case .bytes(let width):
        Self.write(row.assumingMemoryBound(to: UInt8.self), width, to: into, white) { Float($0) }
      case .floats(let width):
        Self.write(row.assumingMemoryBound(to: Float.self), width, to: into, white) { $0 }
      case .sparse(let width, _):
        let positions = row.assumingMemoryBound(to: UInt32.self)
        let count = distributed.layout.size(of: Int(rows[r])) / 8
        let values = (row + 4 * count).assumingMemoryBound(to: Float.self)
        SparseRows.write(0..<count, width, to: into) { grey, uniform in
          white.map { uniform * $0 < grey ? 1 : 0 } ?? grey
        } _: {
          (Int(positions[$0]), values[$0])
        }
      }
    }
  }

  public var isDistributed: Bool { distributed != nil }

  public func bring(
    _ rows: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    if let distributed { try distributed.bring(rows, checkpoint) } else { try checkpoint() }
  }

  public func takeFault() -> Fault? { distributed?.takeFault() ?? storage.takeFault() }

  @inline(__always)
  private func gather<T: BitwiseCopyable>(
    _ values: UnsafeBufferPointer<T>, _ rows: UnsafePointer<UInt32>, _ block: Block,
    _ update: UInt32, _ float: (T) -> Float
  ) {
    let width = shape.count
    guard let base = values.baseAddress else { return }
    let white: Float?
    if case .random(let seed) = binarization {
      white = self.white
      Random(seed: seed, .binarization).uniform(
        into: block.columns(0..<width), rows: rows, update: update)
    } else {
      white = nil
    }
    for r in 0..<block.rows {
      precondition(rows[r] < count, "row \(rows[r]) of \(count)")
      Self.write(base + Int(rows[r]) * width, width, to: block.row(r), white, float)
    }
  }

  /// Writes a row of `width` values; if grey levels become zeros and ones, over uniform numbers.
  @inline(__always)
  private static func write<T>(
    _ from: UnsafePointer<T>, _ width: Int, to into: UnsafeMutablePointer<Float>, _ white: Float?,
    _ float: (T) -> Float
  ) {
    if let white {
      // u white < grey is the same comparison without a division.
      for c in 0..<width { into[c] = into[c] * white < float(from[c]) ? 1 : 0 }
    } else {
      for c in 0..<width { into[c] = float(from[c]) }
    }
  }

  /// Returns the mean of each position over all rows; under random binarisation, the mean of the
  /// draws.
  package func mean(_ checkpoint: () throws(Fault) -> Void = {}) throws(Fault) -> [Float] {
    if let means { return means }
    let width = shape.count
    try Memory.require(Size(width) * 40, for: "the mean of the rows")
    var sums = [Double](repeating: 0, count: width)
    switch storage {
    case .bytes(let values): try Self.add(values, to: &sums, checkpoint) { Double($0) }
    case .floats(let values): try Self.add(values, to: &sums, checkpoint) { Double($0) }
    case .sparse(let rows):
      for row in 0..<rows.rows {
        if row % 1024 == 0 { try checkpoint() }
        rows.forEach(in: row) { position, value in sums[position] += Double(value) }
      }
    case .stored(let rows):
      try rows.forEachPart { (part) throws(Fault) in
        try checkpoint()
        for row in stride(from: 0, to: part.count, by: width) {
          for c in 0..<width { sums[c] += Double(part[row + c]) }
        }
      }
    }
    var scale = 1 / Double(count)
    if case .random = binarization { scale /= Double(white) }
    return sums.map { Float($0 * scale) }
  }

  @inline(__always)
  private static func add<T>(
    _ values: [T], to sums: inout [Double], _ checkpoint: () throws(Fault) -> Void,
    _ double: (T) -> Double
  ) throws(Fault) {
    let width = sums.count
    try sums.withUnsafeMutableBufferPointer { (sums) throws(Fault) in
      try values.withUnsafeBufferPointer { (values) throws(Fault) in
        try forEachPiece(of: values.count / width, width: width, checkpoint) { rows in
          for row in rows {
            for c in 0..<width { sums[c] += double(values[row * width + c]) }
          }
        }
      }
    }
  }
}
