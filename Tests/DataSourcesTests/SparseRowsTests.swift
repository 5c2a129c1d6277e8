import Declarations
import Files
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Sparse rows behave like rows in memory: the same values, digests, splits and faults.
@Suite struct RowsWithZeros {
  /// 30 rows of 16, some of them empty, some full.
  private static let values: [Float] = (0..<480).map { place in
    let (row, column) = (place / 16, place % 16)
    if row % 7 == 3 { return 0 }
    return row % 7 == 5 || (row * 5 + column * 3) % 8 == 0 ? Float((row + column) % 6) / 2 : 0
  }

  /// Stores the zeros of the positions divisible by 5 too.
  private static func sparse(_ values: [Float], width: Int) -> SparseRows {
    var (starts, positions, kept): ([Int], [UInt32], [Float]) = ([0], [], [])
    for row in 0..<values.count / width {
      for column in 0..<width {
        let value = values[row * width + column]
        guard value != 0 || column % 5 == 0 else { continue }
        positions.append(UInt32(column))
        kept.append(value)
      }
      starts.append(kept.count)
    }
    return SparseRows(width: width, starts: starts, positions: positions, values: kept)
  }

  private static func pair(
    _ values: [Float] = values, _ shape: Shape = [4, 4]
  ) throws -> (dense: Rows, sparse: Rows) {
    let labels = (0..<values.count / shape.count).map { $0 % 3 }
    return (
      try Rows(.floats(values), shape, labels: labels),
      try Rows(.sparse(sparse(values, width: shape.count)), shape, labels: labels)
    )
  }

  @Test(arguments: [
    "[]", "[{\"type\": \"take\", \"count\": 5}]", "[{\"type\": \"perClass\", \"count\": 2}]",
    "[{\"type\": \"shuffle\"}]", "[{\"type\": \"scale\", \"by\": 0.25}]",
    "[{\"type\": \"subsample\", \"factor\": 2}]",
    "[{\"type\": \"binarize\", \"threshold\": 1}]", "[{\"type\": \"binarize\", \"threshold\": 0}]",
    "[{\"type\": \"binarize\", \"threshold\": -1}]",
    "[{\"type\": \"binarize\", \"random\": true, \"seed\": 3}]",
    "[{\"type\": \"shuffle\"}, {\"type\": \"scale\", \"by\": 2}, {\"type\": \"subsample\", \"factor\": 2}, {\"type\": \"take\", \"count\": 9}]",
  ])
  func areLikeRowsInMemory(transforms: String) throws {
    let (dense, sparse) = try Self.pair()
    let choices = try [Choice<TransformKind>](json: JSON(parsing: transforms))
    let one = try DataSet.load(dense, choices)
    let other = try DataSet.load(sparse, choices)
    for update: UInt32 in [0, 7] {
      #expect(gathered(one, update: update) == gathered(other, update: update))
    }
    #expect(one.sha256 == other.sha256 && one.labels == other.labels && one.count == other.count)
    #expect(one.minimum == other.minimum && one.maximum == other.maximum)
    #expect(one.isBinary == other.isBinary)
    #expect(try one.mean() == other.mean())
    if !transforms.contains("-1") {
      guard case .sparse = other.storage else {
        Issue.record("\(transforms): dense")
        return
      }
    }
  }

  @Test func rowsAreGatheredInAnyOrder() throws {
    let (dense, sparse) = try Self.pair()
    let rows = [29, 3, 5, 5, 0, 12]
    #expect(try gathered(DataSet(dense), rows) == gathered(DataSet(sparse), rows))
  }

  @Test func columnsBecomeRows() throws {
    let rows = Self.sparse(Self.values, width: 16)
    let turned = try rows.transposed { () throws(Fault) in }
    let data = try DataSet(Rows(.sparse(turned), [30]))
    let due = (0..<480).map { Self.values[$0 % 30 * 16 + $0 / 30] }
    #expect(gathered(data) == due)
    #expect(try turned.transposed { () throws(Fault) in } == rows)
  }

  @Test func namesTheNumberThatIsNotFinite() throws {
    for place in [0, 47, 48, 250, 479] {
      var values = Self.values
      values[place] = place == 250 ? .nan : .infinity
      let (dense, sparse) = try Self.pair(values)
      let found = fault { _ = try DataSet(sparse) }
      #expect(found?.kind == .notFinite)
      #expect(found?.message == fault { _ = try DataSet(dense) }?.message)
    }
  }
}
