import Declarations
import Glibc
import JSON
import Tensors
import Testing

@testable import Variational

/// Changes of the rows before a model: maps, their inverses and slopes, and densities in the units
/// of the rows.
@Suite struct PreprocessingTests {
  /// Every change, fitted to values from 0.1 to 0.9.
  private static let modules: [any PreprocessingModule] = try! PreprocessingKind.registry.samples()
    .map {
      var module = $0
      var summary = ColumnSummary(name: "0")
      for value in [0.1, 0.2, 0.3, 0.9] { summary.take(value) }
      if !module.isFitted, module as? OneHot == nil { try module.fit([summary]) }
      return module
    }

  @Test func mapsHaveTheirInversesAndSlopes() throws {
    var maps = 0
    for module in Self.modules {
      guard let map = module.map(0) else { continue }
      maps += 1
      for x in [0.1, 0.37, 0.9] {
        let y = map.value(x)
        #expect(abs(map.original(y) - x) < 1e-12, "\(type(of: module).type)")
        let step = 1e-5
        let slope = (map.value(x + step) - map.value(x - step)) / (2 * step)
        #expect(abs(log(slope) - map.logSlope(x)) < 1e-7, "\(type(of: module).type)")
      }
    }
    #expect(maps == 4)
  }

  /// The density of x integrates to one, though it is computed from that of y.
  @Test(arguments: [
    ([#"{"type": "standardize", "mean": [3], "deviation": [2.5]}"#], -20.0, 25.0),
    ([#"{"type": "range", "minimum": [-4], "maximum": [7]}"#], -60, 60),
    ([#"{"type": "log1p"}"#], -0.999999, 3000),
    ([#"{"type": "logit", "margin": 0.001}"#], 0, 1),
    (
      [
        #"{"type": "log1p"}"#, #"{"type": "standardize", "mean": [1], "deviation": [0.5]}"#,
      ], -0.999999, 400
    ),
  ]) func densitiesIntegrateToOne(_ parts: [String], _ low: Double, _ high: Double) throws {
    let choices = try parts.map { try Choice<PreprocessingKind>(json: JSON(parsing: $0)) }
    let likelihood = PreprocessedLikelihood(
      base: GaussianLikelihood().likelihood(shape: [1]),
      preprocessor: try Preprocessor(choices, width: 1))
    let steps = 400_000
    var sum = 0.0
    // Fine near the lower end, where densities after log1p and logit are steep.
    var (x, output) = ([Float(0)], [Float(0.3), Float(-0.5)])
    for step in 0..<steps {
      let share = (Double(step) + 0.5) / Double(steps)
      let width = (high - low) / Double(steps) * 3 * share * share
      x[0] = Float(low + (high - low) * share * share * share)
      guard choices[0].typeName != "logit" || (0...1).contains(x[0]) else { continue }
      var value = 0.0
      x.withUnsafeMutableBufferPointer { x in
        output.withUnsafeMutableBufferPointer { output in
          let row = Block(x.baseAddress!, rows: 1, columns: 1)
          likelihood.preprocessor.apply(row)
          likelihood.evaluate(
            Block(output.baseAddress!, rows: 1, columns: 2), of: row, samples: 1, scale: 1,
            into: &value, gradient: nil)
        }
      }
      sum += exp(value) * width
    }
    // Beyond the margin of logit lies what becomes 0 and 1.
    #expect(abs(sum - 1) < 2e-3, "\(sum)")
  }

  @Test func theEncoderSeesWhatTheLikelihoodProposes() throws {
    let view = try #require(
      EncoderView(
        [
          EncoderView.Segment(1..<3, .logarithmOfShare), EncoderView.Segment(3..<4, .grey),
          EncoderView.Segment(4..<5, .logarithm),
        ], levels: [5: 3], width: 6))
    #expect(view.width == 8)
    let row: [Float] = [7, 1, 3, 255, 9, 2]
    var seen = [Float](repeating: .nan, count: 8)
    view.write(row, into: &seen)
    #expect(seen == [7, log1p(Float(0.5)), log1p(Float(1.5)), 1, log1p(Float(9)), 0, 0, 1])
    #expect(EncoderView([], levels: [:], width: 6) == nil)
  }

  @Test func aPartOfARowOfCountsMayHoldClasses() throws {
    let view = try #require(
      EncoderView([EncoderView.Segment(0..<3, .logarithm)], levels: [1: 2], width: 3))
    var seen = [Float](repeating: .nan, count: 4)
    view.write([1, 1, 3], into: &seen)
    #expect(seen == [log1p(Float(1)), 0, 1, log1p(Float(3))])
  }
}
