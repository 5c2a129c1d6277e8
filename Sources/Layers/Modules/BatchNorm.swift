import Declarations
import Glibc
import JSON
import Tensors

/// Batch normalisation: y = scale (x - mean) / sqrt(variance + epsilon) + shift (Ioffe and Szegedy,
/// 2015).
///
/// In training, mean and (biased) variance are those of the batch, over the rows, and also over the
/// pixels if the input is [C, H, W]. An evaluation uses the running ones, which move by `momentum`
/// for each full batch (with the unbiased variance), and by 1 - (1 - momentum)^s for a batch with
/// the fraction s of a full batch's rows.
package struct BatchNorm: SimpleLayerModule {
  package var momentum: Float = 0.1
  package var epsilon: Float = 1e-5

  package init() {}

  package static let type = "batchNorm"
  package static let summary =
    "Standardises every column, or channel, over the batch: y = scale (x - mean) / sqrt(variance + epsilon) + shift."
  package static let keepsShape = true
  package static let fields: [Field<BatchNorm>] = [
    Field(
      "momentum", \.momentum,
      "Weight of a full batch in the running statistics; a smaller batch has proportionally less.",
      .above(0, to: 1)),
    Field("epsilon", \.epsilon, "Constant added to the variance.", .above(0, to: 1)),
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    let extents = input.extents
    let channels = extents.count == 3 ? extents[0] : input.count
    return BatchNormLayer(
      output: input, channels: channels, momentum: Double(momentum), epsilon: Double(epsilon))
  }
}

struct BatchNormLayer: CouplingLayer {
  let output: Shape
  let channels: Int
  let momentum: Double
  let epsilon: Double

  /// The number of values of a row that share a channel's statistics.
  private var pixels: Int { output.count / channels }

  var parameters: [ParameterSpec] {
    [
      ParameterSpec("scale", [channels], .constant(1)),
      ParameterSpec("shift", [channels]),
    ]
  }
  var state: [ParameterSpec] {
    [
      ParameterSpec("runningMean", [channels]),
      ParameterSpec("runningVariance", [channels], .constant(1)),
    ]
  }
  // The standardised numbers.
  var cachePerRow: Int { output.count }
  var readsInput: Bool { false }
  var readsOutput: Bool { false }

  // For each channel the sums of x and x^2; then those of dy and dy times the standardised x.
  var forwardSums: Int { 2 * channels }
  var backwardSums: Int { 2 * channels }

  func gather(_ x: Block, into sums: UnsafeMutablePointer<Double>, _ pass: Pass) {
    sums.update(repeating: 0, count: forwardSums)
    each(x) { row, channel, column in
      let value = Double(x[row, column])
      sums[channel] += value
      sums[channels + channel] += value * value
    }
  }

  func gatherBackward(
    _ dy: Block, x: Block, y: Block, into sums: UnsafeMutablePointer<Double>, _ pass: Pass
  ) {
    sums.update(repeating: 0, count: backwardSums)
    each(dy) { row, channel, column in
      let value = Double(dy[row, column])
      sums[channel] += value
      sums[channels + channel] += value * Double(pass.cache[row, column])
    }
    // Each shard contributes its own part of the gradients; the lanes are summed later.
    for channel in 0..<channels {
      add(Float(sums[channels + channel]), to: pass.gradient(0), channel, pass)
      add(Float(sums[channel]), to: pass.gradient(1), channel, pass)
    }
  }

  private func add(_ value: Float, to block: Block, _ channel: Int, _ pass: Pass) {
    block[0, channel] = pass.accumulates ? block[0, channel] + value : value
  }

  private func statistics(_ channel: Int, _ totals: Totals) -> (mean: Double, variance: Double) {
    let count = Double(totals.rows * pixels)
    let mean = totals.forward[channel] / count
    return (mean, max(0, totals.forward[channels + channel] / count - mean * mean))
  }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    for channel in 0..<channels {
      let (mean, variance) =
        pass.totals.map { statistics(channel, $0) }
        ?? (Double(pass.state(0)[0, channel]), Double(pass.state(1)[0, channel]))
      let inverse = 1 / (variance + epsilon).squareRoot()
      let (scale, shift) = (pass.parameter(0)[0, channel], pass.parameter(1)[0, channel])
      for row in 0..<x.rows {
        for column in channel * pixels..<(channel + 1) * pixels {
          let standard = Float((Double(x[row, column]) - mean) * inverse)
          pass.cache[row, column] = standard
          y[row, column] = scale * standard + shift
        }
      }
    }
  }

  /// dx = scale / deviation (dy - mean(dy) - standardised x mean(dy standardised x)), means over
  /// the batch.
  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    guard pass.isTraining, let totals = pass.totals else { return scale(dy, into: dx, pass) }
    let count = Double(totals.rows * pixels)
    for channel in 0..<channels {
      let (_, variance) = statistics(channel, totals)
      let factor = Float(
        Double(pass.parameter(0)[0, channel]) / (variance + epsilon).squareRoot())
      let mean = Float(totals.backward[channel] / count)
      let slope = Float(totals.backward[channels + channel] / count)
      for row in 0..<dy.rows {
        for column in channel * pixels..<(channel + 1) * pixels {
          dx[row, column] =
            factor * (dy[row, column] - mean - pass.cache[row, column] * slope)
        }
      }
    }
  }

  /// In an evaluation the statistics are constants: dx = scale / deviation dy.
  private func scale(_ dy: Block, into dx: Block, _ pass: Pass) {
    for channel in 0..<channels {
      let variance = Double(pass.state(1)[0, channel])
      let factor = Float(
        Double(pass.parameter(0)[0, channel]) / (variance + epsilon).squareRoot())
      for row in 0..<dy.rows {
        for column in channel * pixels..<(channel + 1) * pixels {
          dx[row, column] = factor * dy[row, column]
        }
      }
    }
  }

  func absorb(_ totals: Totals, state: UnsafePointer<Block>) {
    let share = totals.batchShare
    let weight = share == 1 ? momentum : 1 - pow(1 - momentum, share)
    for channel in 0..<channels {
      let (mean, variance) = unbiased(channel, totals)
      move(state[0], channel, to: mean, weight)
      move(state[1], channel, to: variance, weight)
    }
  }

  private func move(_ block: Block, _ channel: Int, to value: Double, _ weight: Double) {
    block[0, channel] = Float((1 - weight) * Double(block[0, channel]) + weight * value)
  }

  /// A value between two finite float32 numbers is finite, so only the targets are checked.
  func firstNotAbsorbed(_ totals: Totals) -> Int? {
    for channel in 0..<channels {
      let (mean, variance) = unbiased(channel, totals)
      if !Float(mean).isFinite { return 0 }
      if !Float(variance).isFinite { return 1 }
    }
    return nil
  }

  private func unbiased(_ channel: Int, _ totals: Totals) -> (mean: Double, variance: Double) {
    let count = Double(totals.rows * pixels)
    let (mean, variance) = statistics(channel, totals)
    return (mean, count > 1 ? variance * count / (count - 1) : variance)
  }

  private func each(_ block: Block, _ work: (Int, Int, Int) -> Void) {
    for row in 0..<block.rows {
      for channel in 0..<channels {
        for column in channel * pixels..<(channel + 1) * pixels { work(row, channel, column) }
      }
    }
  }
}

extension Choice<LayerKind> {
  /// Standardises every column, or channel, over the batch: y = scale (x - mean) / sqrt(variance +
  /// epsilon) + shift.
  public static func batchNorm(momentum: Float = 0.1, epsilon: Float = 1e-5) -> Self {
    var module = BatchNorm()
    module.momentum = momentum
    module.epsilon = epsilon
    return Choice(module) { $0 }
  }

  /// Standardises every column, or channel, over the batch: y = scale (x - mean) / sqrt(variance +
  /// epsilon) + shift.
  public static var batchNorm: Self { .batchNorm() }
}
