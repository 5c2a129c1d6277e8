import Glibc

/// More random numbers for the values of a block, for draws that need more than one uniform number.
///
/// Row r has the name `rows`[r]. The numbers of a value depend only on the seed, the row's name and
/// the column, as in `Random.uniform(into:rows:)`: not on the order of draws, nor on how many
/// numbers other values used.
public struct FurtherNumbers {
  private let random: Random
  private let rows: UnsafePointer<UInt32>
  private let firstColumn: Int

  /// Numbers beyond the block of `random`, keyed by the examples in `rows`.
  public init(_ random: Random, rows: UnsafePointer<UInt32>) {
    self.init(random, rows, firstColumn: 0)
  }

  private init(_ random: Random, _ rows: UnsafePointer<UInt32>, firstColumn: Int) {
    (self.random, self.rows, self.firstColumn) = (random, rows, firstColumn)
  }

  /// Returns the numbers of the columns from `column` on, renumbered from 0.
  public func columns(from column: Int) -> FurtherNumbers {
    FurtherNumbers(random, rows, firstColumn: firstColumn + column)
  }

  /// Returns the numbers of one value.
  public func sequence(row: Int, column: Int) -> RandomSequence {
    RandomSequence(random, row: rows[row], column: UInt32(truncatingIfNeeded: firstColumn + column))
  }
}

/// The numbers of one value, without a limit.
///
/// Block k of the generator has the counter (column, row, 0, k), and yields two 64-bit numbers.
public struct RandomSequence {
  private let random: Random
  private let row: UInt32
  private let column: UInt32
  private var spare: UInt64?
  /// The number of generator blocks used so far.
  public private(set) var blocks: UInt32 = 0

  /// The sequence of one row and column.
  public init(_ random: Random, row: UInt32, column: UInt32) {
    (self.random, self.row, self.column) = (random, row, column)
  }

  private mutating func word() -> UInt64 {
    if let spare {
      self.spare = nil
      return spare
    }
    let words = random.words(column, row, 0, blocks)
    blocks &+= 1
    spare = UInt64(words.2) << 32 | UInt64(words.3)
    return UInt64(words.0) << 32 | UInt64(words.1)
  }

  /// Returns a number uniform on (0, 1): an odd multiple of 2^-53.
  public mutating func uniform() -> Double { (Double(word() >> 12) + 0.5) * 0x1p-52 }

  /// Returns a standard exponential number, with full precision near zero.
  public mutating func exponential() -> Double { -log1p(-(Double(word()) + 0.5) * 0x1p-64) }

  /// Returns a standard normal number (Box and Muller, 1958); uses one number of the pair.
  public mutating func normal() -> Double {
    let radius = (2 * exponential()).squareRoot()
    // The largest uniform number rounds to one, whose radius is infinite.
    return min(radius, 10) * cos(2 * Double.pi * uniform())
  }
}
