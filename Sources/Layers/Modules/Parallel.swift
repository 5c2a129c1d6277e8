import CKernels
import Declarations
import JSON
import Tensors

/// Stacks that run in parallel on the same input, whose outputs are concatenated or summed.
///
/// `concatenate` joins images of equal height and width by channel, and everything else as vectors;
/// `sum` requires equal shapes.
public struct Parallel: LayerModule {
  /// How the branches' outputs are joined.
  public enum Way: String, Word { case concatenate, sum }

  public var branches: [[LayerChoice]] = []
  public var join = Way.concatenate

  public init() {}

  public static let type = "parallel"
  public static let summary = "Runs several stacks on the same input and joins their outputs."
  public static var examples: [Parallel] {
    var dense = Dense()
    dense.units = 4
    var concatenated = Parallel()
    concatenated.branches = [
      [LayerChoice(dense) { $0 }], [LayerChoice(dense) { $0 }, LayerChoice(Tanh()) { $0 }],
    ]
    var added = concatenated
    added.join = .sum
    return [concatenated, added]
  }
  public static let fields: [Field<Parallel>] = [
    Field("branches", \.branches, "The stacks.", required: true),
    Field("join", \.join, "How the outputs are joined."),
  ]

  public func wire(_ input: Slot, into graph: inout Graph) throws(Fault) -> Slot {
    guard !branches.isEmpty, branches.allSatisfy({ !$0.isEmpty }) else {
      throw Fault(
        .params, "expected at least one branch, each with at least one layer", path: "branches",
        expected: "lists of layers", got: "\(branches.map(\.count))")
    }
    var ends: [Slot] = []
    for (position, layers) in branches.enumerated() {
      ends.append(
        try within("branches[\(position)]") { () throws(Fault) in
          try graph.wire(layers, behind: input, name: "branches.\(position)")
        })
    }
    let shapes = ends.map { graph.shape(of: $0) }
    switch join {
    case .sum:
      guard let first = shapes.first, shapes.allSatisfy({ $0 == first }) else {
        let endings = shapes.map(\.description).joined(separator: ", ")
        throw Fault(
          .shape, "branches that are added must end in one shape, these end in \(endings)",
          path: "branches", expected: "equal shapes", got: endings)
      }
      return try graph.append(Sum(output: first), ends)
    case .concatenate:
      return try graph.append(Concatenation(shapes), ends)
    }
  }
}

/// y = the inputs, one after the other.
struct Concatenation: Join {
  let output: Shape
  private let ranges: [Range<Int>]

  init(_ shapes: [Shape]) {
    var ranges: [Range<Int>] = []
    for shape in shapes {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + shape.count)
    }
    self.ranges = ranges
    let rests = shapes.map { Array($0.extents.dropFirst()) }
    if let rest = rests.first, !rest.isEmpty, rests.allSatisfy({ $0 == rest }) {
      output = Shape([shapes.reduce(0) { $0 + $1.extents[0] }] + rest)
    } else {
      output = [ranges.last?.upperBound ?? 0]
    }
  }

  func forward(_ inputs: (Int) -> Block, count: Int, into y: Block) {
    for index in 0..<count {
      y.columns(ranges[index]).copy(inputs(index))
    }
  }

  func backward(_ dy: Block, input index: Int, into dx: Block) {
    dx.copy(dy.columns(ranges[index]))
  }
}

extension Choice<LayerKind> {
  /// Stacks in parallel on the same input, with their outputs joined.
  public static func parallel(branches: [[LayerChoice]], join: Parallel.Way = .concatenate) -> Self
  {
    var module = Parallel()
    module.branches = branches
    module.join = join
    return Choice(module) { $0 }
  }
}
