import JSON
import Layers
import Tensors

/// One example of a registered layer, on which the properties of layers are checked.
package struct LayerExample: CustomStringConvertible, Sendable {
  package let json: JSON
  let given: (input: Shape, rows: Int)?

  package var description: String {
    given.map { "\(json.line) on \($0.rows) rows of \($0.input)" } ?? json.line
  }

  /// An example on a shape that the layer's examples take.
  package init(_ json: JSON) {
    self.json = json
    given = nil
  }

  /// An example on rows of any shape. Gradients of large arrays are then compared at a few entries.
  package init(_ json: JSON, input: Shape, rows: Int) {
    self.json = json
    given = (input, rows)
  }

  /// The examples of every registered layer.
  package static var all: [LayerExample] {
    LayerKind.registry.rows.flatMap { $0.examples.map(Self.init) }
  }

  package var choice: LayerChoice { get throws(Fault) { try LayerChoice(json: json) } }

  package var input: Shape {
    get throws(Fault) {
      if let given { return given.input }
      return try choice.product.exampleInput
    }
  }

  /// Returns the number of rows of a pass: the example's own, or else `usual`.
  func rowCount(_ usual: Int) -> Int { given?.rows ?? usual }

  /// Returns the compared entries of an array of `count` numbers.
  func entries(_ count: Int) -> [Int] {
    guard given != nil, count > 12 else { return Array(0..<count) }
    // The first, the last and some between, which differ with the length.
    return [0, count - 1]
      + numbers(6, seed: UInt64(count)).map { Int((0.5 + 0.5 * $0) * Float(count - 1)) }
  }

  /// The tolerances for numbers that are summed in another order: for an output, and for a gradient
  /// over rows, relative to the sum of the terms' magnitudes. The examples' own shapes are small.
  var ofRounding: (Tolerance, Double) {
    given == nil ? (.entry(1e-6), 1e-6) : (.entry(1e-5), 4e-6)
  }

  /// The fraction of entries that must have a derivative; among few entries a kink excludes a
  /// larger part.
  var compared: Double { given == nil ? 0.8 : 0.5 }

  package func passage() throws(Fault) -> Passage {
    let passage = try Passage([choice], input: input)
    // Moves parameters away from their initial values, since a scale of 1 or a bias of 0 would hide
    // errors.
    for (index, spec) in passage.stack.parameters.enumerated() {
      let start = passage.parameters.tensor(index).values
      let values = zip(numbers(start.count, seed: 40 + UInt64(index)), start).map {
        $1 + 0.3 * $0
      }
      passage.parameters.assign(Tensor(spec.shape, values), to: index)
    }
    for (index, spec) in passage.stack.state.enumerated() {
      let values = numbers(spec.shape.count, seed: 60 + UInt64(index)).map { 1.1 + 0.5 * $0 }
      passage.state.assign(Tensor(spec.shape, values), to: index)
    }
    return passage
  }

  package func rows(_ count: Int, seed: UInt64 = 5) throws(Fault) -> [Float] {
    numbers(count * (try input.count), seed: seed).map { 1.5 * $0 }
  }

  /// Returns the weights of a loss over `count` rows.
  func cotangent(_ passage: Passage, _ count: Int) -> [Float] {
    numbers(count * passage.stack.output.count, seed: 9)
  }
}
