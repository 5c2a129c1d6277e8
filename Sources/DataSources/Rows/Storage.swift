import Files
import JSON
import Tensors

/// The numbers of rows, one after the other, unchanged.
///
/// Grey levels stay bytes, which take a quarter of the memory and are gathered as fast. Large
/// arrays stay in their file, and sparse ones sparse.
public enum Storage: Sendable, Equatable {
  case bytes([UInt8])
  case floats([Float])
  case sparse(SparseRows)
  case stored(StoredRows)

  /// Takes the numbers of an array in a file, and reads them if they are few. Throws `io` and
  /// `memory`.
  init(
    _ array: StoredArray, least: Int = StoredRows.least,
    _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    let layout = array.layout
    // The rows of an array in Fortran's order do not lie together.
    if layout.isFortran || layout.element == .uint8 && array.byteCount <= least {
      let range = array.offset..<array.offset + array.byteCount
      let bytes = PlainBytes(array.file, range)
      self = try StreamedArray(stream: bytes, layout: layout, shape: array.shape)
        .storage(checkpoint)
      return
    }
    let rows = StoredRows(array)
    guard array.byteCount <= least else {
      self = .stored(rows)
      return
    }
    try Memory.require(rows.count * 4, for: array.file.path)
    var values: [Float] = []
    values.reserveCapacity(rows.count)
    try rows.forEachPart { (part) throws(Fault) in
      try checkpoint()
      values.append(contentsOf: part)
    }
    if let fault = rows.takeFault() { throw fault }
    self = .floats(values)
  }

  public var count: Int {
    switch self {
    case .bytes(let values): values.count
    case .floats(let values): values.count
    case .sparse(let rows): rows.count
    case .stored(let rows): rows.count
    }
  }

  /// Whether they are grey levels from 0 to 255, unchanged.
  var areBytes: Bool {
    switch self {
    case .bytes: true
    case .floats, .sparse: false
    case .stored(let rows): rows.areBytes
    }
  }

  /// Returns the fault of a read since the last call, if rows stay in their file.
  func takeFault() -> Fault? {
    if case .stored(let rows) = self { rows.takeFault() } else { nil }
  }

  /// Throws `io` if rows stay in a file that has changed since it was opened.
  func checkUnchanged() throws(Fault) {
    if case .stored(let rows) = self { try rows.array.file.checkUnchanged() }
  }

  /// Returns the first number that is NaN or infinite, and its position.
  func firstNotFinite(
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (place: Int, value: Float)? {
    switch self {
    case .bytes: return nil
    case .floats(let values):
      return values.firstIndex { !$0.isFinite }.map { ($0, values[$0]) }
    case .sparse(let rows): return rows.firstNotFinite
    case .stored(let rows):
      var (found, begin) = ((place: Int, value: Float)?.none, 0)
      try rows.forEachPart { (part) throws(Fault) in
        try checkpoint()
        if found == nil, let index = part.firstIndex(where: { !$0.isFinite }) {
          found = (begin + index, part[index])
        }
        begin += part.count
      }
      return found
    }
  }

  /// Returns the values at `positions` of every row of `width` values named by `rows`.
  func selecting(
    _ rows: some Collection<Int>, of width: Int, at positions: [Int]? = nil,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Storage {
    switch self {
    case .bytes(let values): .bytes(try Self.select(values, rows, width, positions, checkpoint))
    case .floats(let values): .floats(try Self.select(values, rows, width, positions, checkpoint))
    case .sparse(let sparse): .sparse(try sparse.selecting(rows, at: positions, checkpoint))
    case .stored(let stored): .stored(stored.selecting(rows, at: positions))
    }
  }

  private static func select<T: BitwiseCopyable>(
    _ values: [T], _ rows: some Collection<Int>, _ width: Int, _ positions: [Int]?,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [T] {
    let count = Size(rows.count) * (positions?.count ?? width)
    try Memory.require(count.bytes(of: T.self), for: "the selected rows")
    var selected: [T] = []
    selected.reserveCapacity(rows.count * (positions?.count ?? width))
    try forEachPiece(of: rows.count, width: width, checkpoint) { piece in
      for row in rows.dropFirst(piece.lowerBound).prefix(piece.count) {
        let values = values[row * width..<(row + 1) * width]
        guard let positions else {
          selected += values
          continue
        }
        for position in positions { selected.append(values[row * width + position]) }
      }
    }
    return selected
  }

  /// Returns ones for values greater than `threshold`, and zeros for others.
  func above(
    _ threshold: Double, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Storage {
    if case .sparse(let rows) = self, threshold >= 0 {
      try Memory.require(Size(rows.stored) * 8, for: "the rows of zeros and ones")
      return .sparse(rows.above(threshold))
    }
    if case .stored = self {} else { try Memory.require(count, for: "the rows of zeros and ones") }
    switch self {
    case .bytes(let values):
      // The least byte that is greater, so that integers are compared, many at a time.
      let least = UInt16(max(0, min(256, threshold.rounded(.down) + 1)))
      return .bytes(try Self.map(values, checkpoint) { UInt16($0) >= least ? 1 : 0 })
    case .floats(let values):
      // Compared as doubles, because the float32 nearest to 0.1 is greater than 0.1.
      return .bytes(try Self.map(values, checkpoint) { Double($0) > threshold ? 1 : 0 })
    case .stored(var rows):
      rows.steps.append(.above(threshold))
      return .stored(rows)
    case .sparse(let rows):
      // Zeros become ones.
      var ones: [UInt8] = []
      ones.reserveCapacity(count)
      try rows.forEachPart { (part) throws(Fault) in
        try checkpoint()
        for value in part { ones.append(Double(value) > threshold ? 1 : 0) }
      }
      return .bytes(ones)
    }
  }

  /// Returns every value times `factor`. Throws `memory`.
  func scaled(
    by factor: Float, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Storage {
    if case .stored(var rows) = self {
      rows.steps.append(.scale(factor))
      return .stored(rows)
    }
    if case .sparse(let rows) = self {
      try Memory.require(Size(rows.stored) * 4, for: "the scaled rows")
      return .sparse(rows.scaled(by: factor))
    }
    try Memory.require(Size(count) * 4, for: "the scaled rows")
    switch self {
    case .bytes(let values): return .floats(try Self.map(values, checkpoint) { Float($0) * factor })
    case .floats(let values): return .floats(try Self.map(values, checkpoint) { $0 * factor })
    case .sparse, .stored: return self
    }
  }

  /// Maps values; the standard library's `map` appends one by one, which is not vectorised.
  @inline(__always)
  private static func map<T, U>(
    _ values: [T], _ checkpoint: () throws(Fault) -> Void, _ transform: (T) -> U
  ) throws(Fault) -> [U] {
    var failure: Fault?
    let mapped = [U](unsafeUninitializedCapacity: values.count) { buffer, count in
      values.withUnsafeBufferPointer { values in
        guard let from = values.baseAddress, let into = buffer.baseAddress else { return }
        do throws(Fault) {
          try forEachPiece(of: values.count, checkpoint) { piece in
            for position in piece {
              (into + position).initialize(to: transform(from[position]))
            }
            count = piece.upperBound
          }
        } catch { failure = error }
      }
    }
    if let failure { throw failure }
    return mapped
  }

  /// Returns SHA-256 of the values in hexadecimal, with `suffix` hashed after them.
  ///
  /// It covers one byte for each value if all are integers from 0 to 255, else little-endian
  /// float32: the same values give the same digest in any storage.
  func digest(
    _ spread: Spread, followedBy suffix: String, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> String {
    var digest = SHA256()
    var bytes: [UInt8] = []
    func take(_ part: UnsafeBufferPointer<Float>) {
      guard spread.areBytes else { return digest.update(UnsafeRawBufferPointer(part)) }
      // A few at a time, so that the array stays small.
      for first in stride(from: 0, to: part.count, by: 1 << 16) {
        bytes.removeAll(keepingCapacity: true)
        // Clamped, since a file may have changed after it was measured.
        for value in part[first..<min(part.count, first + (1 << 16))] {
          bytes.append(UInt8(max(0, min(255, value))))
        }
        digest.update(bytes)
      }
    }
    switch self {
    case .bytes(let values):
      try forEachPiece(of: values.count, checkpoint) { piece in
        values.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[piece])) }
      }
    case .floats(let values):
      try forEachPiece(of: values.count, checkpoint) { piece in
        values.withUnsafeBufferPointer { take(UnsafeBufferPointer(rebasing: $0[piece])) }
      }
    case .sparse(let rows):
      try rows.forEachPart { (part) throws(Fault) in
        try checkpoint()
        take(UnsafeBufferPointer(part))
      }
    case .stored(let rows):
      try rows.forEachPart { (part) throws(Fault) in
        try checkpoint()
        take(UnsafeBufferPointer(part))
      }
    }
    digest.update(Array(suffix.utf8))
    return digest.finish()
  }
}
