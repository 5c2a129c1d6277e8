import JSON
import Tensors

/// A density of single values with one or two parameters each; most likelihoods are built from one.
protocol ValueDensity: Sendable {
  /// The number of parameters: 1 or 2.
  static var parameters: Int { get }
  /// Returns the log density of x, and its derivatives in both parameters (0 for a parameter that
  /// does not exist).
  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double)
  func mean(_ a: Double, _ b: Double) -> Double
  /// Returns the draw for u, uniform on (0, 1); `further` supplies more numbers if one is not
  /// enough.
  func draw(_ u: Double, _ a: Double, _ b: Double, _ further: inout RandomSequence) -> Double
  func contains(_ x: Float) -> Bool
  var support: (phrase: String, hint: String) { get }
  /// Returns the first parameter for which the mean is `mean`.
  func parameter(ofMean mean: Double) -> Double
  /// Returns the second parameter, or 0 if there is none, for values of this deviation, if the
  /// first one is a location; nil for densities of counts and shares.
  func spread(ofDeviation deviation: Double) -> Double?
  /// Whether the row's total is a factor of the mean.
  var scalesByTotal: Bool { get }
  /// How an encoder should see the values.
  var sight: EncoderView.Sight { get }
}

extension ValueDensity {
  var scalesByTotal: Bool { false }
  var sight: EncoderView.Sight { .value }
  func spread(ofDeviation deviation: Double) -> Double? { nil }
  func parameter(ofMean mean: Double) -> Double { mean }
}

/// Independent values of one density. The decoder's outputs are the first parameters of all values,
/// then the second ones. Computed in float64, value by value.
struct ValueLikelihood<Density: ValueDensity>: Likelihood {
  let shape: Shape
  let density: Density

  private var values: Int { shape.count }
  var outputs: Int { Density.parameters * values }
  var support: (phrase: String, hint: String) { density.support }
  var encoderSegments: [EncoderView.Segment] {
    density.sight == .value ? [] : [EncoderView.Segment(0..<values, density.sight)]
  }

  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?
  ) {
    let second = Density.parameters > 1
    for row in 0..<output.rows {
      let (a, x) = (output.row(row), x.row(row / samples))
      let b = a + (second ? values : 0)
      let slope = gradient?.row(row)
      let shift = logTotal(x)
      var sum = 0.0
      for i in 0..<values {
        let term = density.logDensity(Double(x[i]), Double(a[i]) + shift, Double(b[i]))
        sum += term.value
        guard let slope else { continue }
        slope[i] = scale * Float(term.a)
        if second { slope[values + i] = scale * Float(term.b) }
      }
      logDensity[row] = sum
    }
  }

  /// Returns the logarithm of the row's total, which is added to the first parameter, the logarithm
  /// of a mean.
  private func logTotal(_ x: UnsafePointer<Float>) -> Double {
    guard density.scalesByTotal else { return 0 }
    var total = 0.0
    for i in 0..<values { total += Double(x[i]) }
    return logarithm(max(total, 1))
  }

  func mean(_ output: Block, into mean: Block) {
    for row in 0..<output.rows {
      let (a, mean) = (output.row(row), mean.row(row))
      let b = a + (Density.parameters > 1 ? values : 0)
      for i in 0..<values { mean[i] = Float(density.mean(Double(a[i]), Double(b[i]))) }
    }
  }

  func draw(_ output: Block, into x: Block, _ further: FurtherNumbers) {
    for row in 0..<output.rows {
      let (a, x) = (output.row(row), x.row(row))
      let b = a + (Density.parameters > 1 ? values : 0)
      for i in 0..<values {
        var sequence = further.sequence(row: row, column: i)
        x[i] = Float(density.draw(Double(x[i]), Double(a[i]), Double(b[i]), &sequence))
      }
    }
  }

  func firstOutside(_ x: Block) -> (row: Int, column: Int)? {
    for row in 0..<x.rows {
      for column in 0..<x.columns where !density.contains(x[row, column]) { return (row, column) }
    }
    return nil
  }

  func outputScales(deviation: [Double?]) -> [OutputScale] {
    guard deviation.count == values, density.spread(ofDeviation: 1) != nil else { return [] }
    let locations = deviation.map { deviation in
      deviation.map { OutputScale(factor: Float($0), bias: 0) } ?? .one
    }
    guard Density.parameters > 1 else { return locations }
    return locations
      + deviation.map { deviation in
        let spread = deviation.flatMap { density.spread(ofDeviation: $0) } ?? 0
        return OutputScale(factor: 1, bias: Float(spread))
      }
  }

  func initialBias(mean: [Double]) -> [Float] {
    mean.map { Float(density.parameter(ofMean: $0)) }
      + [Float](repeating: 0, count: outputs - values)
  }
}
