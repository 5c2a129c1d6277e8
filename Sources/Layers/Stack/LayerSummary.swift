import Declarations
import JSON
import Tensors

/// One layer of a stack, as `model.info` shows it.
public struct LayerSummary: Described {
  public var type = ""
  public var input: Shape = []
  public var output: Shape = []
  public var parameters = 0

  public init() {}

  init(type: String, input: Shape, output: Shape, parameters: Int) {
    self.type = type
    self.input = input
    self.output = output
    self.parameters = parameters
  }

  public static let fields: [Field<LayerSummary>] = [
    Field("type", \.type, "The layer's type."),
    Field("input", \.input, "Shape of one row that goes in."),
    Field("output", \.output, "Shape of one row that comes out."),
    Field("parameters", \.parameters, "Number of trained parameters."),
  ]
}
