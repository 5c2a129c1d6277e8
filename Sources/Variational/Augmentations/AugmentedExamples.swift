import Declarations
import Files
import JSON
import Tensors

/// Rows of data that are changed at random when they are gathered.
///
/// It is a class, so that an existential holds it without an allocation.
final class AugmentedExamples: Examples {
  private let base: any Examples
  private let parts: [any AugmentationModule]
  private let randoms: [Random]
  let shape: Shape
  let isBinary: Bool

  /// The maximum number of augmentations.
  static let most = 16

  init(_ base: any Examples, _ parts: [any AugmentationModule], seed: Int) {
    self.base = base
    self.parts = parts
    shape = base.shape
    randoms = parts.indices.map { Random(seed: seed, .augmentations, layer: $0) }
    isBinary = base.isBinary && !parts.contains { $0.effect.leavesBinary }
  }

  var count: Int { base.count }
  var sha256: String { base.sha256 }
  var labels: [Int]? { base.labels }
  var weights: [Float]? { base.weights }
  var certainLevel: Float? { base.certainLevel }
  var classNames: [String]? { base.classNames }
  func takeFault() -> Fault? { base.takeFault() }
  var isDistributed: Bool { base.isDistributed }

  func bring(
    _ rows: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    try base.bring(rows, checkpoint)
  }

  func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {
    base.gather(rows, into: block, update: update)
    let values = block.columns(0..<shape.count)
    for place in parts.indices {
      parts[place].apply(
        to: values, shape: shape, names: rows, update: update, random: randoms[place])
    }
  }
}

extension AugmentationEffect {
  /// Whether zeros and ones become other numbers.
  fileprivate var leavesBinary: Bool {
    if case .shifts(let most) = self { most > 0 } else { false }
  }
}

extension Trainer {
  /// The rows as batches take them.
  static func batchExamples(_ data: any Examples, _ spec: TrainerSpec) -> any Examples {
    guard let parts = spec.augment, !parts.isEmpty else { return data }
    return AugmentedExamples(data, parts.map(\.product), seed: spec.seed)
  }
}

extension TrainerSpec {
  /// Throws `params` and `shape` if an augmentation does not fit the rows, `support` if it makes
  /// values without a density, and `params` if classes are to be balanced and the rows have no
  /// labels or the objective cannot weigh them. `checkpoint` is called between chunks of rows.
  package func check(
    _ model: Model, on data: any Examples, _ rows: [UInt32],
    _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    if balance == true, data.labels == nil {
      throw Fault(
        .params, "classes are balanced by labels, but the rows have none", path: "balance",
        expected: "rows with labels", got: "no labels", hint: "give the source its labels")
    }
    try objective.checkWeights(of: data, rows)
    guard let augment, !augment.isEmpty else { return }
    try within("augment") { () throws(Fault) in
      guard augment.count <= AugmentedExamples.most else {
        throw .misfit(
          expected: "at most \(AugmentedExamples.most) augmentations", got: "\(augment.count)")
      }
      var (isBinary, hasZeros, most) = (data.isBinary, false, 0.0)
      for (place, part) in augment.enumerated() {
        try within("[\(place)]") { () throws(Fault) in
          try part.product.check(data.shape)
          switch part.product.effect {
          case .none: break
          case .zeros: hasZeros = true
          case .flips:
            guard isBinary else {
              throw Fault(
                .support, "a probability exchanges zeros and ones, and the rows have other values",
                path: "probability", expected: "rows of zeros and ones",
                got: "rows with other values", hint: "give \"deviation\" for Gaussian noise")
            }
          case .shifts(let by):
            most += by
            isBinary = isBinary && by == 0
          }
          try requireSupport(model, data, rows, hasZeros: hasZeros, shift: most, checkpoint)
        }
      }
    }
  }

  /// Throws `support` if the likelihood has no density for rows of zeros, or for rows with all
  /// values shifted up or down.
  private func requireSupport(
    _ model: Model, _ data: any Examples, _ rows: [UInt32], hasZeros: Bool, shift: Double,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    guard hasZeros || shift > 0 else { return }
    do throws(Fault) {
      for shift in shift > 0 ? [Float(-shift), Float(shift)] : [0] {
        let zeros = ShiftedExamples(base: data, isZero: true, shift: shift)
        if hasZeros { try model.check(zeros, Array(rows.prefix(1)), at: "", checkpoint) }
        guard shift != 0 else { continue }
        let shifted = ShiftedExamples(base: data, isZero: false, shift: shift)
        try model.check(shifted, rows, at: "", checkpoint)
      }
    } catch {
      guard error.kind == .support else { throw error }
      throw Fault(
        .support,
        "it makes values that the model has no density for, such as \(error.got ?? "others")",
        expected: error.expected, got: error.got,
        hint: shift > 0
          ? "leave it out, or give noise for zeros and ones a \"probability\""
          : "leave it out, or give shift \"fill\": \"edge\"")
    }
  }
}

/// Rows at the end of what augmentations make of them.
private struct ShiftedExamples: Examples {
  let base: any Examples
  let isZero: Bool
  let shift: Float

  var count: Int { base.count }
  var shape: Shape { base.shape }
  var isBinary: Bool { false }
  var sha256: String { base.sha256 }
  var labels: [Int]? { base.labels }
  var isDistributed: Bool { base.isDistributed }

  func bring(
    _ rows: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    try base.bring(rows, checkpoint)
  }

  func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {
    base.gather(rows, into: block, update: update)
    for row in 0..<block.rows {
      let values = block.row(row)
      for column in 0..<shape.count { values[column] = (isZero ? 0 : values[column]) + shift }
    }
  }
}
