import Declarations
import Files
import JSON
import References
import Tensors
import Testing

@testable import Variational

/// Rows of floats, whose classes are 0, 1, 2 in turn.
struct Rows: Examples {
  /// One reference, so that an existential holds the struct without an allocation.
  private final class Content: Sendable {
    let shape: Shape
    let values: [Float]
    let labels: [Int]?

    init(_ shape: Shape, _ values: [Float]) {
      (self.shape, self.values) = (shape, values)
      labels = (0..<values.count / shape.count).map { $0 % 3 }
    }
  }

  private let content: Content
  /// Whether it reports that all values are zeros and ones, so that products may use only the ones.
  var isBinary: Bool
  var weights: [Float]?

  init(_ shape: Shape, _ values: [Float], isBinary: Bool = false) {
    content = Content(shape, values)
    self.isBinary = isBinary
  }

  var shape: Shape { content.shape }
  var values: [Float] { content.values }
  var labels: [Int]? { content.labels }

  /// Zeros and ones, a third of them ones.
  init(binary count: Int, _ shape: Shape, seed: UInt64 = 7) {
    self.init(
      shape, numbers(count * shape.count, seed: seed).map { $0 > 1 / 3 ? 1 : 0 },
      isBinary: true)
  }

  var count: Int { values.count / shape.count }
  var sha256: String { SHA256.hex(values) }
  var all: [UInt32] { (0..<UInt32(count)).map { $0 } }

  func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {
    for row in 0..<block.rows {
      let start = Int(rows[row]) * shape.count
      for column in 0..<shape.count { block[row, column] = values[start + column] }
    }
  }
}

func spec(_ text: String) throws -> ModelSpec { try ModelSpec(json: JSON(parsing: text)) }
func trainerSpec(_ text: String) throws -> TrainerSpec {
  try TrainerSpec(json: JSON(parsing: text))
}
func objective(_ text: String) throws -> any Objective {
  try Choice<ObjectiveKind>(json: JSON(parsing: text)).product
}

/// Small models for tests of all models: plain; with layers that couple rows and draw; with those
/// inside residual blocks; with labels, appended to the rows and as channels of images.
enum Small {
  static let plain = """
    {"shape": [9], "latent": 3, "likelihood": {"type": "bernoulli"}, "seed": 3,
     "encoder": [{"type": "dense", "units": 11}, {"type": "tanh"}, {"type": "dense"}],
     "decoder": [{"type": "dense", "units": 7}, {"type": "relu"}, {"type": "dense"}]}
    """
  static let coupled = """
    {"shape": [9], "latent": 3, "likelihood": {"type": "bernoulli"}, "seed": 3,
     "encoder": [{"type": "dense", "units": 11}, {"type": "batchNorm"}, {"type": "tanh"},
       {"type": "dropout", "rate": 0.25}, {"type": "dense"}],
     "decoder": [{"type": "dropout", "rate": 0.1}, {"type": "dense", "units": 7},
       {"type": "batchNorm"}, {"type": "sigmoid"}, {"type": "dense"}]}
    """
  static let nested = """
    {"shape": [9], "latent": 3, "likelihood": {"type": "bernoulli"}, "seed": 3,
     "encoder": [{"type": "dense", "units": 8}, {"type": "residual", "layers":
       [{"type": "batchNorm"}, {"type": "relu"}, {"type": "dropout", "rate": 0.3},
        {"type": "dense"}]}, {"type": "dense"}],
     "decoder": [{"type": "residual", "layers": [{"type": "dense", "units": 5},
       {"type": "batchNorm"}, {"type": "tanh"}, {"type": "dense"}]},
       {"type": "dropout", "rate": 0.2}, {"type": "dense"}]}
    """
  static let conditional = """
    {"shape": [9], "latent": 3, "likelihood": {"type": "bernoulli"}, "seed": 5,
     "condition": {"type": "label", "classes": 3},
     "encoder": [{"type": "dense", "units": 11}, {"type": "tanh"}, {"type": "dense"}],
     "decoder": [{"type": "dense", "units": 7}, {"type": "sigmoid"}, {"type": "dense"}]}
    """
  static let conditionalImages = """
    {"shape": [3, 3], "latent": 3, "likelihood": {"type": "bernoulli"}, "seed": 3,
     "condition": {"type": "label", "classes": [2, 0, 1]},
     "encoder": [{"type": "conv2d", "channels": 2, "kernel": 2}, {"type": "tanh"},
       {"type": "batchNorm"}, {"type": "dense"}],
     "decoder": [{"type": "dense", "units": 4}, {"type": "batchNorm"}, {"type": "tanh"},
       {"type": "dense"}]}
    """
  static let table = [
    "plain": plain, "coupled": coupled, "nested": nested, "conditional": conditional,
    "conditionalImages": conditionalImages,
  ]
  static let names = ["plain", "coupled", "nested", "conditional", "conditionalImages"]

  static func model(_ name: String) throws -> Model { try Model(spec(table[name] ?? "")) }
}

extension Model {
  /// Every number of the parameters and of the state.
  var numbers: [[Float]] { arrays.map { $0.store.tensor($0.index).values } }
}

extension Trainer {
  var numbers: [[Float]] {
    model.numbers + slots.flatMap { slot in slot.specs.indices.map { slot.tensor($0).values } }
  }
}

/// Runs `body` with a team of threads.
func withTeam<T>(_ threads: Int, _ body: (Team) throws -> T) rethrows -> T {
  let team = Team(threads: threads)
  defer { team.close() }
  return try body(team)
}

extension Gradient {
  /// Returns the gradient over these rows by parameter, and the means.
  func run(
    _ rows: [UInt32], of data: any Examples, update: UInt32 = 1, seed: Int = 0, threads: Int = 1
  ) -> (gradients: [[Float]], means: Means, squares: Double) {
    withTeam(threads) { team in
      do throws(Fault) {
        let (means, squares) = try rows.withUnsafeBufferPointer { (rows) throws(Fault) in
          try compute(rows, of: data, update: update, seed: seed, team: team)
        }
        return (sum.specs.indices.map { sum.tensor($0).values }, means, squares)
      } catch { preconditionFailure("nobody cancelled: \(error)") }
    }
  }
}
