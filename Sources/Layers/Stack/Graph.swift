import Files
import JSON
import Tensors

/// A place in a graph where rows of one shape are: the input, or the output of a node.
public struct Slot: Sendable, Equatable {
  let index: Int
}

/// Nodes in the order in which they run. Layers that hold layers put theirs into the same graph, so
/// that a layer that couples rows can cut the pass however deep it stands.
public struct Graph: Sendable {
  enum Work: Sendable {
    case layer(any Layer)
    case join(any Join)
  }

  struct Node: Sendable {
    let work: Work
    /// Where the layer stands, as in "encoder.2": what the names of its parameters begin with.
    let name: String
    /// The layer, where it couples rows: asked for on every pass, so looked up once.
    let coupling: (any CouplingLayer)?
    let inputs: [Int]
    let output: Int
    /// Of its first parameter and its first state among those of the whole graph.
    let firstParameter: Int
    let firstState: Int
  }

  private(set) var nodes: [Node] = []
  private(set) var shapes: [Shape]
  private(set) var parameters: [ParameterSpec] = []
  private(set) var state: [ParameterSpec] = []
  private var parameterCount: Size = 0
  private var scope: String
  /// The outputs that whatever follows wants; set while the layer that decides it is wired.
  public private(set) var needed: Int?

  /// A graph with nothing in it but its input. Parameters are named `name`.position.parameter.
  /// Throws `shape` for rows that are too wide.
  public init(input: Shape, name: String) throws(Fault) {
    try Self.checkRow(input)
    shapes = [input]
    scope = name
  }

  public func shape(of slot: Slot) -> Shape { shapes[slot.index] }

  // MARK: - Limits

  /// The most numbers in a row that goes into a layer or comes out of one, and in a row or a column
  /// of a parameter. Products count them in 32 bits; and the sums and products of a few of them
  /// stay far from the end of 64.
  public static let mostPerRow = 1 << 30

  /// The most parameters of a stack.
  private static let mostParameters = Size(Shape.most)

  /// Throws `shape` where rows of that shape are too wide.
  public static func checkRow(_ shape: Shape) throws(Fault) {
    if let count = shape.checkedCount(), count <= mostPerRow { return }
    let expected = "at most \(mostPerRow) numbers"
    throw Fault(
      .shape, "a row of shape \(shape) is too wide: expected \(expected)", expected: expected,
      got: "\(shape)", hint: "make an extent smaller")
  }

  /// Throws `shape` where there are as many nodes as random numbers are kept apart for.
  private func checkCount() throws(Fault) {
    let most = Purpose.mostLayers
    guard nodes.count >= most else { return }
    throw Fault(
      .shape, "a stack has at most \(most) layers, those within layers included",
      expected: "at most \(most) layers", got: "more", hint: "take fewer layers")
  }

  private mutating func checkParameter(_ spec: ParameterSpec) throws(Fault) {
    parameterCount += Size(spec.shape)
    guard parameterCount <= Self.mostParameters else {
      let expected = "at most \(Shape.most) in all"
      throw Fault(
        .shape, "the \(spec.name) of shape \(spec.shape) is too large: expected \(expected)",
        expected: expected, got: "\(spec.shape)", hint: "take fewer units or channels")
    }
    guard max(spec.rows, spec.columns) <= Self.mostPerRow else {
      throw Fault(
        .shape, "the \(spec.name) is too large as a matrix of \(spec.rows) x \(spec.columns)",
        expected: "at most \(Self.mostPerRow) rows and columns",
        got: "\(spec.rows) x \(spec.columns)", hint: "take fewer units or a smaller kernel")
    }
  }

  /// Throws `shape` for outputs and parameters that are too many, before anything is computed of
  /// them.
  public mutating func append(_ layer: any Layer, _ input: Slot) throws(Fault) -> Slot {
    let node = try append(.layer(layer), [input], layer.output)
    for spec in layer.parameters + layer.state {
      try checkParameter(spec)
    }
    parameters += layer.parameters.map { $0.named("\(scope).\($0.name)") }
    state += layer.state.map { $0.named("\(scope).\($0.name)") }
    return node
  }

  public mutating func append(_ join: any Join, _ inputs: [Slot]) throws(Fault) -> Slot {
    try append(.join(join), inputs, join.output)
  }

  private mutating func append(
    _ work: Work, _ inputs: [Slot], _ output: Shape
  ) throws(Fault) -> Slot {
    try checkCount()
    try Self.checkRow(output)
    shapes.append(output)
    var coupling: (any CouplingLayer)?
    if case .layer(let layer) = work { coupling = layer as? any CouplingLayer }
    nodes.append(
      Node(
        work: work, name: scope, coupling: coupling, inputs: inputs.map(\.index),
        output: shapes.count - 1, firstParameter: parameters.count, firstState: state.count))
    return Slot(index: shapes.count - 1)
  }

  /// Wires layers one behind the other; the one at position p is named by p, within `name` where
  /// that is not empty. Faults carry the position.
  public mutating func wire(
    _ layers: [LayerChoice], behind input: Slot, name: String = "", needed: Int? = nil,
    summaries: ((LayerSummary) -> Void)? = nil
  ) throws(Fault) -> Slot {
    let (outer, outerNeeded) = (scope, self.needed)
    defer { (scope, self.needed) = (outer, outerNeeded) }
    var slot = input
    for (position, choice) in layers.enumerated() {
      scope = name.isEmpty ? "\(outer).\(position)" : "\(outer).\(name).\(position)"
      let decides = layers[(position + 1)...].allSatisfy(\.product.preservesShape)
      self.needed = decides ? needed : nil
      let before = (slot, parameters.count)
      slot = try within("[\(position)]") { () throws(Fault) in
        try choice.product.wire(before.0, into: &self)
      }
      summaries?(
        LayerSummary(
          type: choice.product.typeName, input: shape(of: before.0), output: shape(of: slot),
          parameters: parameters[before.1...].reduce(0) { $0 + $1.shape.count }))
    }
    return slot
  }
}
