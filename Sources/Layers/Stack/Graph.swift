import Files
import JSON
import Tensors

/// A position in a graph that has rows of one shape: the input, or the output of a node.
public struct Slot: Sendable, Equatable {
  let index: Int
}

/// Nodes in the order in which they run. Layers that contain layers add them to the same graph, so
/// that a layer that couples rows can divide the pass at any depth.
public struct Graph: Sendable {
  enum Work: Sendable {
    case layer(any Layer)
    case join(any Join)
  }

  struct Node: Sendable {
    let work: Work
    /// The layer's position, as in "encoder.2", which is the prefix of its parameters' names.
    let name: String
    /// The layer, if it couples rows: looked up once, since every pass needs it.
    let coupling: (any CouplingLayer)?
    let inputs: [Int]
    let output: Int
    /// The indices of its first parameter and its first state in the whole graph.
    let firstParameter: Int
    let firstState: Int
  }

  private(set) var nodes: [Node] = []
  private(set) var shapes: [Shape]
  private(set) var parameters: [ParameterSpec] = []
  private(set) var state: [ParameterSpec] = []
  private var parameterCount: Size = 0
  private var scope: String
  /// The number of outputs that the next part needs; set while the layer that decides it is wired.
  public private(set) var needed: Int?

  /// Makes a graph that contains only its input. Parameters are named `name`.position.parameter.
  /// Throws `shape` for rows that are too wide.
  public init(input: Shape, name: String) throws(Fault) {
    try Self.checkRow(input)
    shapes = [input]
    scope = name
  }

  /// Returns the shape of one row in a slot.
  public func shape(of slot: Slot) -> Shape { shapes[slot.index] }

  // MARK: - Limits

  /// The maximum number of values in a row of a layer's input or output, and in a row or a column
  /// of a parameter. Products count them in 32 bits, and sums and products of a few of them stay
  /// far below 64 bits.
  public static let mostPerRow = 1 << 30

  /// The maximum number of parameters of a stack.
  private static let mostParameters = Size(Shape.most)

  /// Throws `shape` if rows of this shape are too wide.
  public static func checkRow(_ shape: Shape) throws(Fault) {
    if let count = shape.checkedCount(), count <= mostPerRow { return }
    let expected = "at most \(mostPerRow) numbers"
    throw Fault(
      .shape, "a row of shape \(shape) is too wide: expected \(expected)", expected: expected,
      got: "\(shape)", hint: "make an extent smaller")
  }

  /// Throws `shape` if there are as many nodes as streams of random numbers.
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

  /// Throws `shape` for too many outputs or parameters, before anything is computed from their
  /// numbers.
  public mutating func append(_ layer: any Layer, _ input: Slot) throws(Fault) -> Slot {
    let node = try append(.layer(layer), [input], layer.output)
    for spec in layer.parameters + layer.state {
      try checkParameter(spec)
    }
    parameters += layer.parameters.map { $0.named("\(scope).\($0.name)") }
    state += layer.state.map { $0.named("\(scope).\($0.name)") }
    return node
  }

  /// Appends a join of these slots and returns the slot of its output. Throws `shape`.
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

  /// Wires layers one after the other; the one at position p is named p, after `name` unless that
  /// is empty. Faults carry the position.
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
