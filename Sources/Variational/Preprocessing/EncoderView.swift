import Declarations
import Glibc
import Tensors

/// How the encoder sees a row: counts by their logarithms, grey levels from -1 to 1, classes as
/// zeros and a one. The densities are of the row itself.
public struct EncoderView: Sendable {
  /// How the encoder sees a value.
  public enum Sight: Sendable, Equatable {
    /// As it is.
    case value
    /// x / 127.5 - 1, for grey levels from 0 to 255.
    case grey
    /// log(1 + x), for counts.
    case logarithm
    /// log(1 + x n / total), with the total of the segment's n counts.
    case logarithmOfShare
    /// A one at the place of the class, of so many.
    case classes(Int)
  }

  /// Neighbouring columns that are seen alike.
  public struct Segment: Sendable, Equatable {
    /// The columns.
    public let columns: Range<Int>
    /// How they are seen.
    public let sight: Sight

    /// Columns that are seen alike.
    public init(_ columns: Range<Int>, _ sight: Sight) {
      (self.columns, self.sight) = (columns, sight)
    }
  }

  private let segments: [Segment]
  /// The number of values that the encoder sees.
  let width: Int

  /// Nil if the encoder sees the values themselves. `segments` need not cover all columns; `levels`
  /// has the numbers of classes of some columns.
  init?(_ segments: [Segment], levels: [Int: Int], width: Int) {
    guard !levels.isEmpty || segments.contains(where: { $0.sight != .value }) else { return nil }
    var all: [Segment] = []
    var next = 0
    let known = segments.sorted { $0.columns.lowerBound < $1.columns.lowerBound }
    for segment in known where segment.columns.lowerBound >= next {
      if segment.columns.lowerBound > next {
        all.append(Segment(next..<segment.columns.lowerBound, .value))
      }
      all.append(segment)
      next = segment.columns.upperBound
    }
    if next < width { all.append(Segment(next..<width, .value)) }
    for (column, count) in levels.sorted(by: { $0.key < $1.key }) {
      all = all.flatMap { segment -> [Segment] in
        guard segment.columns.contains(column) else { return [segment] }
        let (low, high) = (segment.columns.lowerBound, segment.columns.upperBound)
        return [
          Segment(low..<column, segment.sight), Segment(column..<column + 1, .classes(count)),
          Segment(column + 1..<high, segment.sight),
        ].filter { !$0.columns.isEmpty }
      }
    }
    self.segments = all
    self.width = all.reduce(0) { $0 + $1.width }
  }

  /// Writes what the encoder sees of a row.
  func write(_ row: UnsafePointer<Float>, into seen: UnsafeMutablePointer<Float>) {
    var seen = seen
    for segment in segments {
      let row = row + segment.columns.lowerBound
      let count = segment.columns.count
      switch segment.sight {
      case .value: seen.update(from: row, count: count)
      case .grey: for i in 0..<count { seen[i] = row[i] / 127.5 - 1 }
      case .logarithm: for i in 0..<count { seen[i] = log1p(row[i]) }
      case .logarithmOfShare:
        var total = 0.0
        for i in 0..<count { total += Double(row[i]) }
        let factor = Float(Double(count) / max(total, 1))
        for i in 0..<count { seen[i] = log1p(row[i] * factor) }
      case .classes(let levels):
        seen.update(repeating: 0, count: levels)
        if let level = Int(exactly: row[0]), (0..<levels).contains(level) { seen[level] = 1 }
      }
      seen += segment.width
    }
  }
}

extension EncoderView.Segment {
  fileprivate var width: Int {
    if case .classes(let levels) = sight { levels } else { columns.count }
  }
}

/// How the encoder sees counts and grey levels.
public enum EncoderInput: String, Word {
  /// As its likelihood proposes: counts by their logarithms, grey levels from -1 to 1.
  case scaled
  /// As they are.
  case unscaled
}
