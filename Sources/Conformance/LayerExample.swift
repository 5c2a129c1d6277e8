import JSON
import Layers
import Tensors

/// One example of a registered layer: what the properties of layers are about.
public struct LayerExample: CustomStringConvertible, Sendable {
  public let json: JSON
  public var description: String { json.line }

  public init(_ json: JSON) { self.json = json }

  /// Those of every registered layer.
  public static var all: [LayerExample] {
    LayerKind.registry.rows.flatMap { $0.examples.map(Self.init) }
  }

  public var choice: LayerChoice { get throws(Fault) { try LayerChoice(json: json) } }

  public var input: Shape { get throws(Fault) { try choice.product.exampleInput } }

  public func passage() throws(Fault) -> Passage {
    let passage = try Passage([choice], input: input)
    // Away from where parameters begin: a scale of 1 or a bias of 0 would hide mistakes.
    for (index, spec) in passage.stack.parameters.enumerated() {
      let values = zip(numbers(spec.shape.count, seed: 40 + UInt64(index)), 0...).map {
        passage.parameters.tensor(index).values[$1] + 0.3 * $0
      }
      passage.parameters.assign(Tensor(spec.shape, values), to: index)
    }
    for (index, spec) in passage.stack.state.enumerated() {
      let values = numbers(spec.shape.count, seed: 60 + UInt64(index)).map { 1.1 + 0.5 * $0 }
      passage.state.assign(Tensor(spec.shape, values), to: index)
    }
    return passage
  }

  public func rows(_ count: Int, seed: UInt64 = 5) throws(Fault) -> [Float] {
    numbers(count * (try input.count), seed: seed).map { 1.5 * $0 }
  }

  /// What a loss of `count` rows is weighted with.
  func cotangent(_ passage: Passage, _ count: Int) -> [Float] {
    numbers(count * passage.stack.output.count, seed: 9)
  }
}
