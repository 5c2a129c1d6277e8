import Files
import JSON
import Tensors

/// Rows in which most numbers are zero: those that are not, and their positions (compressed sparse
/// rows).
///
/// A number takes eight bytes, and a zero none. Only the rows of a batch are written out in full,
/// into the batch.
public struct SparseRows: Sendable, Equatable {
  /// The number of values of a row, with the zeros.
  let width: Int
  /// Where each row begins in `positions` and `values`, and the end of the last.
  private(set) var starts: [Int]
  /// The position of each value in its row, ascending there.
  private(set) var positions: [UInt32]
  private(set) var values: [Float]

  /// Takes rows; the caller has checked that `starts` ascend from 0 to the number of values, and
  /// that the positions of a row ascend below `width`.
  init(width: Int, starts: [Int], positions: [UInt32], values: [Float]) {
    self.width = width
    self.starts = starts
    self.positions = positions
    self.values = values
  }

  /// The number of rows.
  var rows: Int { starts.count - 1 }
  /// The number of values, with the zeros.
  var count: Int { rows * width }
  /// The values that are stored, some of which may be zero.
  var stored: Int { values.count }

  /// Calls `body` with the position and the value of each number of a row.
  @inline(__always)
  func forEach(in row: Int, _ body: (Int, Float) -> Void) {
    for place in starts[row]..<starts[row + 1] { body(Int(positions[place]), values[place]) }
  }

  /// Writes a row to `out`, which has room for `width` values: zeros, and what `value` returns for
  /// a number and what is at its place in `out`.
  @inline(__always)
  func write(
    _ row: Int, to out: UnsafeMutablePointer<Float>, _ value: (Float, Float) -> Float
  ) {
    Self.write(starts[row]..<starts[row + 1], width, to: out, value) {
      (Int(positions[$0]), values[$0])
    }
  }

  /// Does the same for a row whose numbers are at `places`; `number` returns the position and the
  /// value of one.
  @inline(__always)
  static func write(
    _ places: Range<Int>, _ width: Int, to out: UnsafeMutablePointer<Float>,
    _ value: (Float, Float) -> Float, _ number: (Int) -> (Int, Float)
  ) {
    var next = 0
    for place in places {
      let (position, number) = number(place)
      (out + next).update(repeating: 0, count: position - next)
      out[position] = value(number, out[position])
      next = position + 1
    }
    (out + next).update(repeating: 0, count: width - next)
  }

  /// Writes out the rows in order and in parts: `body` gets whole rows.
  func forEachPart(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Fault) -> Void
  ) throws(Fault) {
    guard width > 0 else { return }
    let most = max(1, min(rows, (1 << 18) / width))
    let part = try Buffer(Size(most) * width, of: Float.self, for: "a part of the rows")
    for begin in stride(from: 0, to: rows, by: most) {
      let count = min(most, rows - begin)
      for row in 0..<count { write(begin + row, to: part.base + row * width) { value, _ in value } }
      try body(UnsafeMutableBufferPointer(start: part.base, count: count * width))
    }
  }

  /// Returns the named rows, with the values at `chosen`, which ascend.
  func selecting(
    _ names: some Collection<Int>, at chosen: [Int]?, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> SparseRows {
    let most = names.reduce(Size(0)) { $0 + (starts[$1 + 1] - starts[$1]) }
    try Memory.require(most * 8 + Size(names.count) * 8 + Size(width) * 4, for: "the selected rows")
    var places: [UInt32]?
    if let chosen {
      var new = [UInt32](repeating: .max, count: width)
      for (place, position) in chosen.enumerated() { new[position] = UInt32(place) }
      places = new
    }
    var selected = SparseRows(
      width: chosen?.count ?? width, starts: [0], positions: [], values: [])
    for row in names {
      if selected.rows % 1024 == 0 { try checkpoint() }
      forEach(in: row) { position, value in
        let place = places.map { $0[position] } ?? UInt32(position)
        guard place != .max else { return }
        selected.positions.append(place)
        selected.values.append(value)
      }
      selected.starts.append(selected.values.count)
    }
    return selected
  }

  /// Returns every value times `factor`.
  func scaled(by factor: Float) -> SparseRows {
    var scaled = self
    for place in scaled.values.indices { scaled.values[place] *= factor }
    return scaled
  }

  /// Returns ones for values greater than `threshold`, which is not negative, so that zeros stay.
  func above(_ threshold: Double) -> SparseRows {
    var ones = SparseRows(width: width, starts: [0], positions: [], values: [])
    for row in 0..<rows {
      forEach(in: row) { position, value in
        if Double(value) > threshold { ones.positions.append(UInt32(position)) }
      }
      ones.starts.append(ones.positions.count)
    }
    ones.values = [Float](repeating: 1, count: ones.positions.count)
    return ones
  }

  /// Returns the first number that is NaN or infinite, and its position among all.
  var firstNotFinite: (place: Int, value: Float)? {
    guard let place = values.firstIndex(where: { !$0.isFinite }) else { return nil }
    // The last row that begins at or before it.
    var (row, above) = (0, rows)
    while above - row > 1 {
      let middle = (row + above) / 2
      if starts[middle] <= place { row = middle } else { above = middle }
    }
    return (row * width + Int(positions[place]), values[place])
  }

  /// Returns the rows whose columns are these rows.
  func transposed(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> SparseRows {
    try Memory.require(Size(stored) * 8 + Size(width) * 16, for: "the rows of a sparse matrix")
    var begins = [Int](repeating: 0, count: width + 1)
    for position in positions { begins[Int(position) + 1] += 1 }
    for row in 0..<width { begins[row + 1] += begins[row] }
    var next = begins
    var turned = SparseRows(
      width: rows, starts: begins, positions: [UInt32](repeating: 0, count: stored),
      values: [Float](repeating: 0, count: stored))
    for row in 0..<rows {
      if row % 1024 == 0 { try checkpoint() }
      forEach(in: row) { position, value in
        turned.positions[next[position]] = UInt32(row)
        turned.values[next[position]] = value
        next[position] += 1
      }
    }
    return turned
  }
}
