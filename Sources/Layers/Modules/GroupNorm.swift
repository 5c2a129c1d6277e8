import Declarations
import JSON
import Tensors

/// Standardises the channels of each image in groups: y = scale (x - mean) / sqrt(variance +
/// epsilon) + shift, mean and (biased) variance over a group's channels and pixels (Wu and He,
/// arXiv 1803.08494). Scale and shift by channel.
package struct GroupNorm: SimpleLayerModule {
  package var groups = 1
  package var epsilon: Float = 1e-5
  package init() {}
  package static let type = "groupNorm"
  package static let summary =
    "Standardises the channels of each image in groups; scale and shift by channel."
  package static let keepsShape = true
  package static let exampleInput: Shape = [4, 2, 2]
  package static var examples: [GroupNorm] {
    var norm = GroupNorm()
    norm.groups = 2
    return [norm]
  }
  package static let fields: [Field<GroupNorm>] = [
    Field(
      "groups", \.groups, "Number of groups, a divisor of the number of channels.", required: true,
      .from(1, to: Graph.mostPerRow)),
    Field("epsilon", \.epsilon, "Constant added to the variance.", .above(0, to: 1)),
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    let channels = input.extents[0]
    guard channels % groups == 0 else {
      throw Fault(
        .shape, "\(groups) groups do not divide the \(channels) channels of \(input)",
        path: "groups", expected: "a divisor of \(channels)", got: "\(groups)")
    }
    return NormLayer(
      output: input, size: input.count / groups, parameters: channels,
      run: input.count / channels, epsilon: Double(epsilon))
  }
}

/// Standardises each row over its last axis: y = scale (x - mean) / sqrt(variance + epsilon) +
/// shift (Ba et al., arXiv 1607.06450). Scale and shift by position on that axis.
package struct LayerNorm: SimpleLayerModule {
  package var epsilon: Float = 1e-5
  package init() {}
  package static let type = "layerNorm"
  package static let summary =
    "Standardises each row over its last axis; scale and shift by position."
  package static let keepsShape = true
  package static let fields: [Field<LayerNorm>] = [
    Field("epsilon", \.epsilon, "Constant added to the variance.", .above(0, to: 1))
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    let axis = input.extents.last ?? 1
    return NormLayer(
      output: input, size: axis, parameters: axis, run: 1, epsilon: Double(epsilon))
  }
}

/// Standardises stretches of `size` numbers within each row. Number i uses parameter (i / run) mod
/// count.
struct NormLayer: Layer {
  let output: Shape
  let size: Int
  let parameters: [ParameterSpec]
  private let count: Int
  let run: Int
  let epsilon: Double
  // The standardised numbers, and the inverse deviation of each stretch.
  private let standard, inverse: Carving.Segment
  let cachePerRow: Int
  // Sums for the gradients in scale and shift.
  private let scaleSums, shiftSums: Carving.Segment
  let scratch: Int

  init(output: Shape, size: Int, parameters count: Int, run: Int, epsilon: Double) {
    self.output = output
    self.size = size
    self.count = count
    self.run = run
    self.epsilon = epsilon
    parameters = [
      ParameterSpec("scale", [count], .constant(1)), ParameterSpec("shift", [count]),
    ]
    var cache = Carving()
    standard = cache.block(1, output.count)
    inverse = cache.block(1, output.count / size)
    cachePerRow = cache.count
    var sums = Carving()
    scaleSums = sums.doubles(count)
    shiftSums = sums.doubles(count)
    scratch = sums.count
  }

  var readsInput: Bool { false }
  var readsOutput: Bool { false }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    let (scale, shift) = (pass.parameter(0).base, pass.parameter(1).base)
    let (standards, inverses) = (standard.block(in: pass.cache), inverse.block(in: pass.cache))
    for row in 0..<x.rows {
      let (x, y, cache) = (x.row(row), y.row(row), standards.row(row))
      for start in stride(from: 0, to: output.count, by: size) {
        var (sum, squares) = (0.0, 0.0)
        for i in start..<start + size { sum += Double(x[i]) }
        let mean = sum / Double(size)
        for i in start..<start + size { squares += (Double(x[i]) - mean) * (Double(x[i]) - mean) }
        let inverse = 1 / (squares / Double(size) + epsilon).squareRoot()
        inverses[row, start / size] = Float(inverse)
        for i in start..<start + size {
          let standard = Float((Double(x[i]) - mean) * inverse)
          cache[i] = standard
          y[i] = scale[i / run % count] * standard + shift[i / run % count]
        }
      }
    }
  }

  /// dx = inverse deviation (g - mean(g) - standardised x mean(g standardised x)) with g = scale
  /// dy, means over the stretch.
  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    let scale = pass.parameter(0).base
    if pass.isTraining { parametersBackward(dy, pass) }
    guard let dx else { return }
    let (standards, inverses) = (standard.block(in: pass.cache), inverse.block(in: pass.cache))
    for row in 0..<dy.rows {
      let (dy, cache) = (dy.row(row), standards.row(row))
      let dx = dx.row(row)
      for start in stride(from: 0, to: output.count, by: size) {
        var (mean, slope) = (0.0, 0.0)
        for i in start..<start + size {
          let g = Double(scale[i / run % count] * dy[i])
          mean += g
          slope += g * Double(cache[i])
        }
        mean /= Double(size)
        slope /= Double(size)
        let inverse = Double(inverses[row, start / size])
        for i in start..<start + size {
          let g = Double(scale[i / run % count] * dy[i])
          dx[i] = Float(inverse * (g - mean - Double(cache[i]) * slope))
        }
      }
    }
  }

  /// In float64 over the rows and pixels of the shard, because one float32 sum over all of them
  /// loses digits.
  private func parametersBackward(_ dy: Block, _ pass: Pass) {
    let standards = standard.block(in: pass.cache)
    let scale = scaleSums.doubles(in: pass.scratch)
    let shift = shiftSums.doubles(in: pass.scratch)
    scale.update(repeating: 0, count: count)
    shift.update(repeating: 0, count: count)
    for row in 0..<dy.rows {
      for start in stride(from: 0, to: output.count, by: count * run) {
        let (dy, cache) = (dy.row(row) + start, standards.row(row) + start)
        for parameter in 0..<count {
          var (along, sum) = (0.0, 0.0)
          for i in parameter * run..<(parameter + 1) * run {
            along += Double(dy[i]) * Double(cache[i])
            sum += Double(dy[i])
          }
          scale[parameter] += along
          shift[parameter] += sum
        }
      }
    }
    give(scale, to: pass.gradient(0), pass)
    give(shift, to: pass.gradient(1), pass)
  }

  private func give(_ sums: UnsafePointer<Double>, to gradient: Block, _ pass: Pass) {
    for i in 0..<count {
      gradient[0, i] = Float(sums[i] + (pass.accumulates ? Double(gradient[0, i]) : 0))
    }
  }
}

extension Choice<LayerKind> {
  /// Standardises the channels of each image in groups; scale and shift by channel.
  public static func groupNorm(groups: Int, epsilon: Float = 1e-5) -> Self {
    var module = GroupNorm()
    module.groups = groups
    module.epsilon = epsilon
    return Choice(module) { $0 }
  }

  /// Standardises each row over its last axis; scale and shift by position.
  public static func layerNorm(epsilon: Float = 1e-5) -> Self {
    var module = LayerNorm()
    module.epsilon = epsilon
    return Choice(module) { $0 }
  }

  /// Standardises each row over its last axis; scale and shift by position.
  public static var layerNorm: Self { .layerNorm() }
}
