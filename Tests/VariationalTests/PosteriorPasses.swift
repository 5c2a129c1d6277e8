import Conformance
import Declarations
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// A registered posterior, or one named by a test, on plain arrays, with its parameters moved away
/// from their initial values.
final class PosteriorPasses {
  let model: Model
  let rows: Int
  let samples: Int
  let h: [Float]
  let noise: [Float]
  private let buffers: PosteriorBuffers
  private let gradients: Parameters

  var latent: Int { model.spec.latent }
  var posterior: any Posterior { model.posterior }
  var draws: Int { rows * samples }

  init(
    _ json: String, latent: Int = 3, rows: Int = 2, samples: Int = 3, h: [Float]? = nil
  ) throws {
    var spec = try spec(Small.plain)
    spec.latent = latent
    spec.posterior = try Choice(json: JSON(parsing: json))
    model = try Model(spec)
    (self.rows, self.samples) = (rows, samples)
    for index in model.posteriorParameters { model.parameters.move(index) }
    buffers = try PosteriorBuffers(model, rows: rows, samples: samples)
    gradients = try Parameters(model.parameters.specs)
    self.h = h ?? numbers(rows * model.posterior.inputs, seed: 11)
    noise = numbers(rows * samples * latent, seed: 12).map { 1.5 * $0 }
  }

  /// Returns z, log q(z | x) and the divergence of each example, with other outputs of the encoder
  /// or other noise if given.
  func sample(
    _ h: [Float]? = nil, noise: [Float]? = nil
  ) -> (z: [Float], logDensity: [Double], divergence: [Double]) {
    let (h, noise) = (Rowed(h ?? self.h, rows), Rowed(noise ?? self.noise, draws))
    let z = Rowed(zeros: draws, latent)
    defer { withExtendedLifetime((h, noise, z)) {} }
    var logDensity = [Double](repeating: .nan, count: draws)
    var divergence = [Double](repeating: .nan, count: rows)
    let pass = buffers.pass(rows: rows, samples: samples)
    posterior.sample(
      h.block, noise: noise.block, samples: samples, into: z.block, logDensity: &logDensity, pass)
    (posterior as? any ClosedFormPosterior)?.divergence(h.block, into: &divergence, pass)
    return (z.values, logDensity, divergence)
  }

  /// Returns the gradient in h and in the parameters, after a `sample`. With `inPlace` the gradient
  /// in h overwrites h.
  func backward(
    _ dz: [Float], path: [Float]? = nil, score: [Float]? = nil, divergence: Float = 0,
    inPlace: Bool = false
  ) -> (h: [Float], parameters: [[Float]]) {
    _ = sample()
    let (h, noise) = (Rowed(self.h, rows), Rowed(self.noise, draws))
    let dz = Rowed(dz, draws)
    let dh = inPlace ? h : Rowed([Float](repeating: .nan, count: self.h.count), rows)
    defer { withExtendedLifetime((h, noise, dz, dh)) {} }
    gradients.all.update(repeating: 0)
    func run(_ weights: LatentWeights) {
      posterior.backward(
        dz.block, h: h.block, noise: noise.block, samples: samples, weights: weights,
        into: dh.block,
        buffers.pass(rows: rows, samples: samples, gradients: gradients.blocks, isFresh: false))
    }
    if let path, let score {
      path.withUnsafeBufferPointer { path in
        score.withUnsafeBufferPointer { score in
          run(LatentWeights(path: path.baseAddress, score: score.baseAddress))
        }
      }
    } else {
      run(LatentWeights(divergence: divergence))
    }
    return (dh.values, model.posteriorParameters.map { gradients.tensor($0).values })
  }
}

extension Parameters {
  /// Moves an array away from its initial values, since a scale of 1 or a bias of 0 would hide
  /// errors.
  func move(_ index: Int, by part: Float = 0.4) {
    let start = tensor(index)
    let move = numbers(start.values.count, seed: 90 + UInt64(index))
    assign(Tensor(start.shape, zip(start.values, move).map { $0 + part * $1 }), to: index)
  }
}

/// Rows of a separate arena. The block is valid while this object exists.
final class Rowed {
  let block: Block
  private let memory: UnsafeMutableRawPointer

  init(zeros rows: Int, _ columns: Int) {
    // As in an arena, with padding that must not be read.
    let stride = Block.stride(for: columns)
    memory = .allocate(byteCount: 4 * rows * stride + 64, alignment: 64)
    let base = memory.bindMemory(to: Float.self, capacity: rows * stride)
    base.update(repeating: .nan, count: rows * stride)
    block = Block(base, rows: rows, columns: columns, stride: stride)
    for row in 0..<rows { block.row(row).update(repeating: 0, count: columns) }
  }

  deinit { memory.deallocate() }

  convenience init(_ values: [Float], _ rows: Int) {
    self.init(zeros: rows, values.count / rows)
    values.withUnsafeBufferPointer { if let base = $0.baseAddress { block.load(base) } }
  }

  var values: [Float] {
    (0..<block.rows).flatMap { row in (0..<block.columns).map { block[row, $0] } }
  }
}

extension Array where Element == Double {
  /// Returns the determinant of a square matrix, row-major, and the solution of A x = b.
  func solve(_ b: [Double]) -> (x: [Double], determinant: Double) {
    let n = b.count
    var (a, x, determinant) = (self, b, 1.0)
    for column in 0..<n {
      let pivot = (column..<n).max { a[$0 * n + column].magnitude < a[$1 * n + column].magnitude }!
      if pivot != column {
        for j in 0..<n { a.swapAt(column * n + j, pivot * n + j) }
        x.swapAt(column, pivot)
        determinant = -determinant
      }
      determinant *= a[column * n + column]
      for row in column + 1..<n {
        let factor = a[row * n + column] / a[column * n + column]
        for j in column..<n { a[row * n + j] -= factor * a[column * n + j] }
        x[row] -= factor * x[column]
      }
    }
    for row in (0..<n).reversed() {
      for j in row + 1..<n { x[row] -= a[row * n + j] * x[j] }
      x[row] /= a[row * n + row]
    }
    return (x, determinant)
  }
}

/// Returns central differences with two steps, extrapolated to step zero (Richardson).
func difference(_ value: (Float) -> Double) -> Double {
  func slope(_ step: Float) -> Double { (value(step) - value(-step)) / Double(2 * step) }
  return (4 * slope(1 / 64) - slope(1 / 32)) / 3
}

/// Compares the gradients of some of a model's parameters with central differences of `value`, at a
/// few entries of each.
func checkParameters(
  _ model: Model, _ indices: Range<Int>, _ gradients: [[Float]], _ value: () -> Double
) {
  let parameters = model.parameters
  #expect(gradients.count == indices.count)
  for (index, gradient) in zip(indices, gradients) {
    let start = parameters.tensor(index)
    for entry in stride(from: 0, to: start.values.count, by: max(1, start.values.count / 9)) {
      let expected = difference { step in
        var moved = start
        moved.values[entry] += step
        parameters.assign(moved, to: index)
        return value()
      }
      parameters.assign(start, to: index)
      #expect(
        (Double(gradient[entry]) - expected).magnitude < 2e-3 * max(1, expected.magnitude),
        "\(parameters.specs[index].name)[\(entry)]: \(expected), got \(gradient[entry])")
    }
  }
}
