import Layers
import Tensors

/// How an output of the decoder begins where its column has a scale of its own.
public struct OutputScale: Sendable, Equatable {
  /// The factor of the last layer's weights.
  public var factor: Float
  /// What is added to the last bias.
  public var bias: Float

  /// An output that begins as if its column had the scale 1.
  public static let one = OutputScale(factor: 1, bias: 0)

  /// The factor of the weights, and what is added to the bias.
  public init(factor: Float, bias: Float) { (self.factor, self.bias) = (factor, bias) }
}

extension Model {
  /// Deviations in this range, and means of at most so many deviations, are trained as they are.
  private static let home = 0.1...10
  private static let farthestMean = 10.0

  /// The mean and the deviation of a column.
  private struct Scale {
    let mean: Double
    let deviation: Double

    /// Nil for a column of about the scale 1, and where float32 has no inverse of the scale.
    init?(_ mean: Double, _ deviation: Double) {
      let unit = deviation > 0 ? deviation : 1
      guard !Model.home.contains(unit) || mean.magnitude > Model.farthestMean * unit,
        (1e-18...1e18).contains(unit), mean.magnitude < 1e18 * unit
      else { return nil }
      (self.mean, self.deviation) = (mean, unit)
    }
  }

  /// Sets the first weights for data with columns of this mean and deviation: an untrained model
  /// already has the data's mean, which saves about a nat and an early plateau.
  ///
  /// Where a column's scale is far from 1, the encoder's first dense layer begins as if it saw (x -
  /// mean) / deviation, and the density as wide as the column, with locations on its scale.
  package func fitFirstWeights(mean: [Double], deviation: [Double]? = nil) {
    let scales = zip(mean, deviation ?? []).map { Scale($0, $1) }
    if scales.contains(where: { $0 != nil }) { fitEncoder(scales) }
    let outputs = likelihood.outputScales(deviation: scales.map { $0?.deviation })
    let decoder = decoderParameters
    var bias = likelihood.initialBias(mean: mean)
    guard
      let index = decoder.suffix(2).last(where: { parameters.specs[$0].role == .bias }),
      parameters.specs[index].shape.count == bias.count
    else { return }
    if outputs.count == bias.count, let weight = lastWeight(before: index, outputs: bias.count) {
      var values = parameters.tensor(weight).values
      for place in values.indices { values[place] *= outputs[place % outputs.count].factor }
      parameters.assign(Tensor(parameters.specs[weight].shape, values), to: weight)
      for place in bias.indices { bias[place] += outputs[place].bias }
    }
    parameters.assign(Tensor(parameters.specs[index].shape, bias), to: index)
  }

  /// Returns the weights (units, outputs) of the dense layer with this bias, if it is one.
  private func lastWeight(before bias: Int, outputs: Int) -> Int? {
    let index = bias - 1
    guard spec.decoder.last?.typeName == Dense.type, decoderParameters.contains(index),
      parameters.specs[index].role == .weight,
      parameters.specs[index].shape.extents.last == outputs
    else { return nil }
    return index
  }

  private func fitEncoder(_ scales: [Scale?]) {
    guard view == nil, spec.encoder.first?.typeName == Dense.type, encoder.parameters.count > 1,
      parameters.specs[0].role == .weight, parameters.specs[1].role == .bias
    else { return }
    let (first, second) = (parameters.specs[0].shape, parameters.specs[1].shape)
    let units = second.count
    guard first.extents.count == 2, first.extents[1] == units, first.extents[0] >= scales.count
    else { return }
    var (weight, bias) = (parameters.tensor(0).values, parameters.tensor(1).values)
    for (column, scale) in scales.enumerated() {
      guard let scale else { continue }
      for unit in 0..<units {
        let place = column * units + unit
        let value = Double(weight[place]) / scale.deviation
        weight[place] = Float(value)
        bias[unit] -= Float(value * scale.mean)
      }
    }
    parameters.assign(Tensor(first, weight), to: 0)
    parameters.assign(Tensor(second, bias), to: 1)
  }
}
