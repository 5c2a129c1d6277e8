import Files
import JSON
import Synchronization
import Tensors

/// Rows that stay in their file, and are read when they are gathered, so that a data set may be
/// larger than memory.
///
/// Transforms cost nothing here: the selected rows, the selected positions and the steps for each
/// value are stored, and applied on reading. Values that cannot be read become NaN, and the fault
/// is kept until it is taken: a file that shrinks, or a disk that fails, ends a request and not the
/// process. A file that is written to is reported in the same way.
public struct StoredRows: Sendable {
  /// The rows of the file, and their order.
  enum Selection: Sendable, Equatable {
    case range(Range<Int>)
    case list([UInt32])

    var count: Int {
      switch self {
      case .range(let range): range.count
      case .list(let list): list.count
      }
    }

    subscript(row: Int) -> Int {
      switch self {
      case .range(let range): range.lowerBound + row
      case .list(let list): Int(list[row])
      }
    }
  }

  /// A step that changes a value; steps apply in order.
  enum Step: Sendable, Equatable {
    case scale(Float)
    case above(Double)
  }

  /// The fault of a read that could not throw.
  final class Failure: Sendable {
    let fault = Mutex<Fault?>(nil)
    /// Whether something was read since the fault was last taken.
    let hasRead = Atomic(false)
  }

  let array: StoredArray
  /// The number of values of a row in the file.
  let stored: Int
  var rows: Selection
  /// The kept positions of a row, ascending; nil for all.
  var positions: [Int]?
  var steps: [Step] = []
  private let failure = Failure()

  /// Arrays up to this size are read into memory, which is faster.
  static let least = 64 << 20

  /// Takes the rows of an array; its first extent is their number.
  init(_ array: StoredArray) {
    self.array = array
    let count = array.shape.extents.first ?? 1
    rows = .range(0..<count)
    stored = count == 0 ? 0 : array.shape.count / count
  }

  /// The number of values of a row.
  var width: Int { positions?.count ?? stored }
  var count: Int { rows.count * width }
  /// Whether they are grey levels, unchanged from the file.
  var areBytes: Bool { array.element == .uint8 && steps.isEmpty }

  /// Returns the fault of a read since the last call, if there was one.
  ///
  /// The file is checked after the reads, so that it is known to have been unchanged during all of
  /// them.
  func takeFault() -> Fault? {
    let fault = failure.fault.withLock { fault in
      defer { fault = nil }
      return fault
    }
    guard failure.hasRead.exchange(false, ordering: .relaxed) else { return fault }
    do throws(Fault) { try array.file.checkUnchanged() } catch { return error }
    return fault
  }

  /// Returns the named rows, with the values at `chosen`.
  func selecting(_ names: some Collection<Int>, at chosen: [Int]?) -> StoredRows {
    var selected = self
    if let range = names as? Range<Int>, case .range(let all) = rows {
      let begin = all.lowerBound + range.lowerBound
      selected.rows = .range(begin..<begin + range.count)
    } else {
      selected.rows = .list(names.map { UInt32(rows[$0]) })
    }
    if let chosen { selected.positions = chosen.map { positions?[$0] ?? $0 } }
    return selected
  }

  /// Writes row `row` to `out`, which has room for `width` values.
  func read(
    _ row: Int, into out: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutableRawBufferPointer
  ) {
    read(from: rows[row], count: 1, into: out, scratch)
  }

  /// Reads the rows in order and in parts: `body` gets whole rows.
  func forEachPart(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Fault) -> Void
  ) throws(Fault) {
    guard width > 0 else { return }
    let most = max(1, min(rows.count, (1 << 18) / width))
    let part = try Buffer(Size(most) * width, of: Float.self, for: "a part of the rows")
    let bytes = try Buffer(Size(1 << 20), of: UInt8.self, for: "a part of the rows")
    let (base, scratch) = (
      part.base, UnsafeMutableRawBufferPointer(start: bytes.base, count: bytes.count)
    )
    for begin in stride(from: 0, to: rows.count, by: most) {
      let count = min(most, rows.count - begin)
      if case .range(let range) = rows, positions == nil {
        read(from: range.lowerBound + begin, count: count, into: base, scratch)
      } else {
        for row in 0..<count { read(begin + row, into: base + row * width, scratch) }
      }
      try body(UnsafeMutableBufferPointer(start: base, count: count * width))
    }
  }

  /// Reads `count` consecutive rows of the file, as many bytes at a time as `scratch` holds; one
  /// row at a time if positions are chosen.
  private func read(
    from first: Int, count: Int, into out: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutableRawBufferPointer
  ) {
    let element = array.element
    let elementWidth = element.width
    let total = count * stored
    let begin = array.offset + first * stored * elementWidth
    let isBigEndian = array.layout.isBigEndian
    // Unchanged float32 needs no scratch.
    if element == .float32, !isBigEndian, positions == nil {
      guard fill(UnsafeMutableRawBufferPointer(start: out, count: 4 * total), at: begin) else {
        return out.update(repeating: .nan, count: total)
      }
      return finish(out, total)
    }
    let room = scratch.count / elementWidth
    var (value, written) = (0, 0)
    while value < total {
      let part = min(room, total - value)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: scratch[..<(part * elementWidth)])
      guard let base = bytes.baseAddress, fill(bytes, at: begin + value * elementWidth) else {
        return out.update(repeating: .nan, count: count * width)
      }
      if let positions {
        let before = written
        while written < positions.count, positions[written] < value + part { written += 1 }
        element.convert(
          base, from: value, at: positions[before..<written], isBigEndian: isBigEndian,
          into: out + before)
      } else {
        element.convert(base, part, isBigEndian: isBigEndian, into: out + value)
      }
      noteTooLarge(bytes, part, from: first * stored + value)
      value += part
    }
    finish(out, count * width)
  }

  /// Fills `bytes` from the file; returns false if that fails.
  private func fill(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    // Read first, because a cache line that many threads write to would be slow.
    if !failure.hasRead.load(ordering: .relaxed) { failure.hasRead.store(true, ordering: .relaxed) }
    let fault: Fault
    do throws(Fault) {
      if try array.file.read(into: bytes, at: offset) == bytes.count { return true }
      fault = File.shrunk(array.file.path)
    } catch { fault = error }
    failure.fault.withLock { $0 = fault }
    return false
  }

  /// Records the fault of the first float64 that is finite, but infinite as float32, because the
  /// result would look like an infinity of the file.
  private func noteTooLarge(
    _ bytes: UnsafeMutableRawBufferPointer, _ count: Int, from begin: Int
  ) {
    guard array.element == .float64 else { return }
    for i in 0..<count {
      let bits = bytes.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)
      let number = Double(bitPattern: array.layout.isBigEndian ? bits.byteSwapped : bits)
      guard number.isBeyondFloat32 else { continue }
      let (row, position) = (begin + i).quotientAndRemainder(dividingBy: stored)
      let fault = Fault.beyondFloat32(
        .badFile, "\(array.file.path): row \(row)", number, at: position)
      return failure.fault.withLock { $0 = $0 ?? fault }
    }
  }

  /// Applies the steps to values.
  private func finish(_ out: UnsafeMutablePointer<Float>, _ count: Int) {
    for step in steps {
      switch step {
      case .scale(let factor): for i in 0..<count { out[i] *= factor }
      case .above(let threshold): for i in 0..<count { out[i] = Double(out[i]) > threshold ? 1 : 0 }
      }
    }
  }
}

extension StoredRows: Equatable {
  public static func == (a: StoredRows, b: StoredRows) -> Bool {
    a.array.file === b.array.file && a.array.offset == b.array.offset
      && a.array.layout == b.array.layout && a.array.shape == b.array.shape && a.rows == b.rows
      && a.positions == b.positions
      && a.steps == b.steps
  }
}
