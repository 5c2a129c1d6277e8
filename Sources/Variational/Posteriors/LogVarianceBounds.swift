import Declarations
import Tensors

/// The range to which log-variances are clipped: beyond it exp overflows, or draws no longer differ
/// from their mean.
///
/// At a bound the gradient that leads further out is zero, and the one that leads back is kept.
package struct LogVarianceBounds: Described {
  package var floor: Double?
  package var ceiling: Double?

  package init() {}

  package static let fields: [Field<LogVarianceBounds>] = [
    Field(
      "floor", \.floor, "Least log-variance; -30 in a new model.", .from(-1e6, to: 0)),
    Field(
      "ceiling", \.ceiling, "Greatest log-variance; 20 in a new model.", .from(0, to: 1e6)),
  ]

  /// The same, with the bounds of new models where none were given.
  var settled: LogVarianceBounds {
    var bounds = self
    bounds.floor = floor ?? -30
    bounds.ceiling = ceiling ?? 20
    return bounds
  }

  /// Returns the range of outputs `columns` that are `factor` times a log-variance.
  func range(_ columns: Range<Int>, factor: Double = 1) -> OutputRange? {
    guard floor != nil || ceiling != nil else { return nil }
    return OutputRange(
      columns: columns, floor: Float(floor.map { factor * $0 } ?? -.infinity),
      ceiling: Float(ceiling.map { factor * $0 } ?? .infinity))
  }
}

/// The range to which some columns of an encoder's output are clipped.
public struct OutputRange: Sendable {
  let columns: Range<Int>
  let floor: Float
  let ceiling: Float

  /// Clips the columns; what is not a number stays.
  func clip(_ h: Block) {
    for row in 0..<h.rows {
      let values = h.row(row) + columns.lowerBound
      for i in 0..<columns.count {
        values[i] = values[i] < floor ? floor : values[i] > ceiling ? ceiling : values[i]
      }
    }
  }

  /// Sets the slopes of an objective to zero that lead out of the range; `clipped` are the columns
  /// after `clip`.
  func mask(_ dh: Block, clipped: Block) {
    for row in 0..<dh.rows {
      let (slopes, values) = (dh.row(row) + columns.lowerBound, clipped.row(row))
      for i in 0..<columns.count {
        let leadsOut = values[i] == floor && slopes[i] < 0 || values[i] == ceiling && slopes[i] > 0
        if leadsOut { slopes[i] = 0 }
      }
    }
  }
}
