import JSON
import Tensors

/// The numbers of rows, one after the other, as they came.
///
/// Grey levels stay bytes: a quarter of the memory, and as quick to gather. A third case may map a file.
public enum Storage: Sendable, Equatable {
  case bytes([UInt8])
  case floats([Float])

  public var count: Int {
    switch self {
    case .bytes(let values): values.count
    case .floats(let values): values.count
    }
  }

  public subscript(position: Int) -> Float {
    switch self {
    case .bytes(let values): Float(values[position])
    case .floats(let values): values[position]
    }
  }

  /// The values at `positions` of every row of `width` values named by `rows`.
  func selecting(_ rows: some Collection<Int>, of width: Int, at positions: [Int]? = nil) -> Storage
  {
    switch self {
    case .bytes(let values): .bytes(Self.select(values, rows, width, positions))
    case .floats(let values): .floats(Self.select(values, rows, width, positions))
    }
  }

  private static func select<T: BitwiseCopyable>(
    _ values: [T], _ rows: some Collection<Int>, _ width: Int, _ positions: [Int]?
  ) -> [T] {
    var selected: [T] = []
    selected.reserveCapacity(rows.count * (positions?.count ?? width))
    for row in rows {
      let values = values[row * width..<(row + 1) * width]
      guard let positions else {
        selected += values
        continue
      }
      for position in positions { selected.append(values[row * width + position]) }
    }
    return selected
  }

  /// Ones where a value is greater than `threshold`, zeros elsewhere.
  func above(_ threshold: Double) -> Storage {
    switch self {
    case .bytes(let values):
      // The least byte that is greater: a comparison of integers, many at a time.
      let least = UInt16(max(0, min(256, threshold.rounded(.down) + 1)))
      return .bytes(Self.map(values) { UInt16($0) >= least ? 1 : 0 })
    case .floats(let values):
      // Compared as doubles, so that 0.1 the float32 is above 0.1 the number as it is.
      return .bytes(Self.map(values) { Double($0) > threshold ? 1 : 0 })
    }
  }

  /// Every value times `factor`.
  func scaled(by factor: Float) -> Storage {
    switch self {
    case .bytes(let values): .floats(Self.map(values) { Float($0) * factor })
    case .floats(let values): .floats(Self.map(values) { $0 * factor })
    }
  }

  /// The standard library's `map` appends one by one, which does not vectorise.
  @inline(__always)
  private static func map<T, U>(_ values: [T], _ transform: (T) -> U) -> [U] {
    [U](unsafeUninitializedCapacity: values.count) { buffer, count in
      values.withUnsafeBufferPointer { values in
        guard let from = values.baseAddress, let into = buffer.baseAddress else { return }
        for position in 0..<values.count {
          (into + position).initialize(to: transform(from[position]))
        }
        count = values.count
      }
    }
  }

  /// SHA-256 of the values in hexadecimal, followed by `suffix`.
  ///
  /// Of one byte for each value where all are whole numbers from 0 to 255, else of little-endian float32: the same values give the
  /// same digest however they are stored.
  func digest(_ spread: Spread, followedBy suffix: String) -> String {
    var digest = SHA256()
    switch self {
    case .bytes(let values): digest.update(values)
    case .floats(let values) where spread.areBytes: digest.update(values.map { UInt8($0) })
    case .floats(let values): digest.update(values)
    }
    digest.update(Array(suffix.utf8))
    return digest.finish()
  }
}
