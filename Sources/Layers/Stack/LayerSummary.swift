import Declarations
import JSON
import Tensors

/// One layer of a stack, in the reply of `model.info`.
public struct LayerSummary: Answer {
  package let type: String
  package let input: Shape
  package let output: Shape
  package let parameters: Int

  package static let members: [Member<LayerSummary>] = [
    Member("type", \.type, "The layer's type."),
    Member("input", \.input, "Shape of one input row."),
    Member("output", \.output, "Shape of one output row."),
    Member("parameters", \.parameters, "Number of trained parameters."),
  ]
}
