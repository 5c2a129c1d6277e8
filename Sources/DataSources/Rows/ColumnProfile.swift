/// What the values of one column are like in the rows that were examined.
public struct ColumnProfile: Sendable, Equatable {
  /// The name of the column, or its number.
  public let name: String
  /// The words that 0, 1, … stand for, if the column holds words.
  public let words: [String]?
  /// The number of values that were examined.
  public private(set) var count = 0
  /// The least value.
  public private(set) var minimum = Float.infinity
  /// The greatest value.
  public private(set) var maximum = -Float.infinity
  /// The mean of the values.
  public private(set) var mean = 0.0
  /// The number of zeros.
  public private(set) var zeros = 0
  /// Whether all are whole numbers.
  public private(set) var areWhole = true
  /// The different values in the order in which they came; nil if they are more than 32.
  public private(set) var different: [Float]? = []
  /// How often each of the different values occurs.
  private var occurrences: [Int] = []
  /// The value of the first row, if each further one is greater by the rows between them.
  private var start: Float?
  /// Whether the values number the rows: from 0 or 1, or for `manyRows` from any number.
  public var countsRows: Bool {
    guard let start, areWhole else { return false }
    if (0...1).contains(start) { return true }
    // From here on float32 leaves whole numbers out: a constant minus the row would stay the same.
    return start > 1 && maximum < 16_777_216 && count >= Self.manyRows
  }
  /// A hash of the values in their order: columns with other hashes are not the same.
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private var squares = 0.0

  private static let mostDifferent = 32
  /// Fewer values that follow each other may be a scale, such as years.
  private static let manyRows = 100

  init(name: String, words: [String]?) { (self.name, self.words) = (name, words) }

  /// The standard deviation, with the number of values as the divisor.
  public var deviation: Double { count == 0 ? 0 : (squares / Double(count)).squareRoot() }
  /// Whether all values are the same.
  public var isConstant: Bool { minimum == maximum }
  /// How often the rarest of few different values occurs.
  package var leastFrequent: Int { occurrences.min() ?? 0 }
  /// Whether all values are 0 or 1.
  public var isBinary: Bool { areWhole && minimum >= 0 && maximum <= 1 }
  /// Whether all values are whole numbers from 0.
  public var areCounts: Bool { areWhole && minimum >= 0 }

  /// Takes the value of one more row (Welford's update).
  mutating func take(_ value: Float, row: Int) {
    count += 1
    let difference = Double(value) - mean
    mean += difference / Double(count)
    squares += difference * (Double(value) - mean)
    minimum = min(minimum, value)
    maximum = max(maximum, value)
    if value == 0 { zeros += 1 }
    if areWhole, value != value.rounded() { areWhole = false }
    if count == 1 { start = value - Float(row) }
    if value - Float(row) != start { start = nil }
    // FNV-1a over words instead of bytes.
    hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3
    guard let known = different else { return }
    if let place = known.firstIndex(of: value) {
      occurrences[place] += 1
    } else if known.count < Self.mostDifferent {
      different?.append(value)
      occurrences.append(1)
    } else {
      different = nil
    }
  }
}
