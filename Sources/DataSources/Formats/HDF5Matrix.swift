import Files
import JSON
import Tensors

/// A sparse matrix in an HDF5 file: a group with its numbers, their positions, and where its rows
/// begin, as `anndata` writes it and as `h5sparse` did.
struct HDF5Matrix {
  private let file: HDF5File
  private let path: String
  /// Whether the columns are compressed, and not the rows.
  private let isByColumn: Bool
  private let rows: Int
  private let columns: Int

  /// Returns the matrix at a path; nil if the group there is none.
  init?(_ path: String, in file: HDF5File) throws(Fault) {
    switch try file.text(of: "encoding-type", "h5sparse_format", at: path) {
    case "csr", "csr_matrix": isByColumn = false
    case "csc", "csc_matrix": isByColumn = true
    default: return nil
    }
    let shape = try file.integers(of: "shape", "h5sparse_shape", at: path)
    guard let shape, shape.count == 2 else {
      throw Fault(
        .badFile, "\(file.path), \(path): a sparse matrix has a shape of two extents",
        got: shape.map { "\(Shape($0))" } ?? "none",
        hint: "write it with scipy.sparse.csr_matrix(x) by anndata")
    }
    guard Shape(shape).checkedCount() != nil, shape.allSatisfy({ $0 <= Int(UInt32.max) }) else {
      throw Fault(
        .badFile, "\(file.path), \(path): a shape of \(Shape(shape)) is too large for a matrix",
        expected: "extents from 0 to \(UInt32.max), with a product of at most \(Shape.most)",
        got: "\(Shape(shape))", hint: "write it with scipy.sparse.csr_matrix(x) by anndata")
    }
    (self.file, self.path) = (file, path)
    (rows, columns) = (shape[0], shape[1])
  }

  /// Returns the rows, sparse. Throws `badFile` unless the positions lie in the matrix, each once.
  func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> (Storage, Shape) {
    let (major, minor) = isByColumn ? (columns, rows) : (rows, columns)
    guard rows > 0, columns > 0 else {
      throw bad("expected rows of numbers, got a shape of [\(rows), \(columns)]")
    }
    let starts = try starts(major, checkpoint)
    let values = try values(starts[major], checkpoint)
    var positions = try positions(starts[major], below: minor, checkpoint)
    var ordered = values
    try order(&positions, &ordered, starts, checkpoint)
    let sparse = SparseRows(width: minor, starts: starts, positions: positions, values: ordered)
    return (.sparse(isByColumn ? try sparse.transposed(checkpoint) : sparse), [columns])
  }

  /// Returns where each row begins, and the number of values.
  private func starts(
    _ major: Int, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [Int] {
    let dataset = try dataset("indptr")
    guard dataset.extents == [major + 1] else {
      throw bad("indptr has \(dataset.shape) places for \(major) \(line)s, and not one more")
    }
    try Memory.require(Size(major + 1) * 8, for: dataset.name)
    var starts: [Int] = []
    starts.reserveCapacity(major + 1)
    try dataset.array().forEachIntegers(checkpoint) { (part) throws(Fault) in
      for start in part {
        guard let start, start >= starts.last ?? 0, start == 0 || !starts.isEmpty else {
          throw bad(
            "indptr does not ascend from 0: place \(starts.count) has \(start.map(String.init) ?? "no integer")"
          )
        }
        starts.append(start)
      }
    }
    return starts
  }

  private func values(
    _ count: Int, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [Float] {
    let dataset = try dataset("data")
    guard dataset.extents == [count] else {
      throw bad("data has shape \(dataset.shape), and indptr ends with \(count)")
    }
    switch try dataset.array().storage(checkpoint) {
    case .floats(let values): return values
    case .bytes(let bytes):
      try Memory.require(Size(count) * 4, for: dataset.name)
      return bytes.map { Float($0) }
    case .sparse, .stored: return []
    }
  }

  private func positions(
    _ count: Int, below most: Int, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [UInt32] {
    let dataset = try dataset("indices")
    guard dataset.extents == [count] else {
      throw bad("indices has shape \(dataset.shape), and indptr ends with \(count)")
    }
    try Memory.require(Size(count) * 4, for: dataset.name)
    var positions: [UInt32] = []
    positions.reserveCapacity(count)
    try dataset.array().forEachIntegers(checkpoint) { (part) throws(Fault) in
      for position in part {
        guard let position, (0..<most).contains(position) else {
          throw bad(
            "place \(positions.count) of indices has \(position.map(String.init) ?? "no integer"), which is not in 0 to \(most - 1)"
          )
        }
        positions.append(UInt32(position))
      }
    }
    return positions
  }

  /// Sorts the positions of each row where they do not ascend.
  private func order(
    _ positions: inout [UInt32], _ values: inout [Float], _ starts: [Int],
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    for row in 0..<starts.count - 1 {
      if row % 1024 == 0 { try checkpoint() }
      let places = starts[row]..<starts[row + 1]
      guard places.dropFirst().contains(where: { positions[$0 - 1] >= positions[$0] }) else {
        continue
      }
      let sorted = places.map { (positions[$0], values[$0]) }.sorted { $0.0 < $1.0 }
      for (place, pair) in zip(places, sorted) {
        (positions[place], values[place]) = pair
        guard place == places.lowerBound || positions[place - 1] < pair.0 else {
          throw bad(
            "\(line) \(row) has position \(pair.0) twice",
            hint: "x.sum_duplicates() adds them up")
        }
      }
    }
  }

  /// What is compressed.
  private var line: String { isByColumn ? "column" : "row" }

  private func dataset(_ name: String) throws(Fault) -> HDF5Dataset {
    guard case .dataset(let dataset) = try file.look("\(path)/\(name)") else {
      throw bad(
        "a sparse matrix has the datasets data, indices and indptr, and this one has no \(name)")
    }
    return dataset
  }

  private func bad(_ rule: String, hint: String? = nil) -> Fault {
    Fault(.badFile, "\(file.path), \(path): \(rule)", hint: hint)
  }
}
