import Declarations
import JSON
import Tensors

/// The same numbers in another shape.
package struct Reshape: SimpleLayerModule {
  package var shape: Shape = [1]
  package init() {}
  package static let type = "reshape"
  package static let summary = "Keeps the numbers of a row and changes its shape."
  package static var examples: [Reshape] {
    var reshape = Reshape()
    reshape.shape = [1, 2, 3]
    return [reshape]
  }
  package static let fields: [Field<Reshape>] = [
    Field("shape", \.shape, "The shape of one row.", required: true)
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    guard shape.count == input.count else {
      throw Fault(
        .shape, "\(input) has \(input.count) numbers, \(shape) would have \(shape.count)",
        path: "shape", expected: "\(input.count) numbers", got: "\(shape.count) numbers")
    }
    return SameNumbers(output: shape)
  }
}

/// The same numbers as one vector.
package struct Flatten: SimpleLayerModule {
  package init() {}
  package static let type = "flatten"
  package static let summary = "Turns a row into one vector."
  package static let exampleInput: Shape = [2, 3]
  package static let fields: [Field<Flatten>] = []

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    SameNumbers(output: [input.count])
  }
}

struct SameNumbers: Layer {
  let output: Shape
  var readsInput: Bool { false }
  var readsOutput: Bool { false }

  func forward(_ x: Block, into y: Block, _ pass: Pass) { copy(x, y) }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    if let dx { copy(dy, dx) }
  }

  private func copy(_ from: Block, _ to: Block) {
    guard from.base != to.base else { return }
    to.copy(from)
  }
}

extension Choice<LayerKind> {
  /// The same numbers in another shape.
  public static func reshape(shape: Shape) -> Self {
    var module = Reshape()
    module.shape = shape
    return Choice(module) { $0 }
  }

  /// The same numbers as one vector.
  public static var flatten: Self { Choice(Flatten()) { $0 } }
}
