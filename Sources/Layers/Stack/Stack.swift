import JSON
import Tensors

/// A graph from one input to one output with a fixed memory plan: which slots share a buffer, which
/// node is the first to write a gradient, where the pass is divided.
public struct Stack: Sendable {
  package let input: Shape
  package let output: Shape
  package let layers: [LayerSummary]
  package let parameters: [ParameterSpec]
  package let state: [ParameterSpec]
  let nodes: [Graph.Node]
  let widths: [Int]
  /// The slot whose buffer a slot uses: its own, or that of the slot it overwrites.
  let buffers: [Int]
  /// For each node and input, whether it is the first node to write that slot's gradient in the
  /// backward pass.
  let writesFirst: [[Bool]]
  let caches: [Int]
  let scratches: [Int]
  /// For each node, the offset of its sums and their number.
  let sums: [(offset: Int, forward: Int, backward: Int)]
  /// The gradients that are outer products of a node's input and its output's gradient.
  package let outerProducts: [OuterProduct]
  /// Whether the gradient of the output may overwrite the output.
  let endsInPlace: Bool

  package struct OuterProduct: Sendable {
    /// The index among the stack's parameters.
    package let parameter: Int
    let node: Int
  }

  /// Builds `layers` on `input`. `needed` is the number of outputs that the next part needs, which
  /// a last dense layer without units takes. Throws `shape` or `params` with the position of the
  /// layer.
  package init(
    _ layers: [LayerChoice], input: Shape, name: String, needed: Int? = nil
  ) throws(Fault) {
    guard !layers.isEmpty else {
      throw Fault(
        .shape, "expected at least one layer, got none", expected: "at least one layer",
        got: "[]", hint: "{\"type\": \"dense\"} is the smallest stack")
    }
    var graph = try Graph(input: input, name: name)
    var summaries: [LayerSummary] = []
    let end = try graph.wire(layers, behind: Slot(index: 0), needed: needed) {
      summaries.append($0)
    }
    self.init(graph, end: end, summaries)
  }

  private init(_ graph: Graph, end: Slot, _ summaries: [LayerSummary]) {
    input = graph.shapes[0]
    output = graph.shapes[end.index]
    layers = summaries
    parameters = graph.parameters
    state = graph.state
    nodes = graph.nodes
    widths = graph.shapes.map(\.count)
    buffers = Self.sharing(graph)
    writesFirst = Self.firstWriters(graph)
    caches = graph.nodes.map { $0.layer?.cachePerRow ?? 0 }
    scratches = graph.nodes.map { $0.layer?.scratch ?? 0 }
    outerProducts = graph.nodes.enumerated().compactMap { index, node in
      node.layer?.outerProduct.map {
        OuterProduct(parameter: node.firstParameter + $0, node: index)
      }
    }
    var offset = 0
    sums = graph.nodes.map { node in
      guard let layer = node.coupling else { return (0, 0, 0) }
      defer { offset += layer.forwardSums + layer.backwardSums }
      return (offset, layer.forwardSums, layer.backwardSums)
    }
    endsInPlace = graph.nodes.last?.layer.map { !$0.readsOutput } ?? false
  }

  /// Whether some layer needs the whole batch, so that a training pass has seams.
  package var couplesRows: Bool { sums.contains { $0.forward > 0 } }

  /// The name of the first layer that needs the whole batch, such as `encoder.1`.
  package var firstCoupling: String? {
    guard let node = nodes.first(where: { $0.coupling != nil }) else { return nil }
    let name = parameters.dropFirst(node.firstParameter).first?.name ?? ""
    return name.split(separator: ".").dropLast().joined(separator: ".")
  }

  /// The number of doubles in the sums of all coupling layers.
  package var sumCount: Int { sums.reduce(0) { $0 + $1.forward + $1.backward } }

  /// A layer may overwrite its input if it does not read it again, if the layer before does not
  /// read its output, and if no other layer reads it. The input of the stack is never overwritten.
  private static func sharing(_ graph: Graph) -> [Int] {
    var buffers = Array(graph.shapes.indices)
    var consumers = graph.shapes.map { _ in 0 }
    for node in graph.nodes { for input in node.inputs { consumers[input] += 1 } }
    let producers = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.output, $0) })
    for node in graph.nodes {
      guard let layer = node.layer, !layer.readsInput, let input = node.inputs.first,
        consumers[input] == 1, graph.shapes[input].count == layer.output.count,
        let before = producers[input]?.layer, !before.readsOutput
      else { continue }
      buffers[node.output] = buffers[input]
    }
    return buffers
  }

  private static func firstWriters(_ graph: Graph) -> [[Bool]] {
    var written = graph.shapes.map { _ in false }
    var answer = graph.nodes.map { _ in [Bool]() }
    for (index, node) in graph.nodes.enumerated().reversed() {
      for input in node.inputs {
        answer[index].append(!written[input])
        written[input] = true
      }
    }
    return answer
  }
}

extension Graph.Node {
  var layer: (any Layer)? {
    if case .layer(let layer) = work { return layer }
    return nil
  }
}
