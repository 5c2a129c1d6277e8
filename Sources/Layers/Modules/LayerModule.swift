import Declarations
import JSON
import Tensors

/// Decoded options of a layer, as the registry returns them; they add their layer to a graph once
/// the shape of its input is known.
public protocol LayerPart: Sendable {
  /// The layer's name on the wire, as in "dense".
  var typeName: String { get }
  /// Adds the layer after `input`, and returns the slot of its output. Throws `shape` if it does
  /// not fit.
  func wire(_ input: Slot, into graph: inout Graph) throws(Fault) -> Slot
  /// Whether the output always has the shape of the input.
  var preservesShape: Bool { get }
  /// A shape that the examples may take.
  var exampleInput: Shape { get }
}

/// A layer's options as a type, as a client writes them.
public protocol LayerModule: Module, LayerPart {
  /// Whether the output always has the shape of the input.
  static var keepsShape: Bool { get }
  /// A shape that the examples may take.
  static var exampleInput: Shape { get }
}

extension LayerModule {
  public static var keepsShape: Bool { false }
  public static var exampleInput: Shape { [6] }
  public var typeName: String { Self.type }
  public var preservesShape: Bool { Self.keepsShape }
  public var exampleInput: Shape { Self.exampleInput }
}

/// A layer module with one layer and one input, which is the common case.
public protocol SimpleLayerModule: LayerModule {
  /// Returns the layer for rows of this shape. `needed` is the number of outputs that the part
  /// after the stack requires, if this layer decides it.
  func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer
}

extension SimpleLayerModule {
  public func wire(_ input: Slot, into graph: inout Graph) throws(Fault) -> Slot {
    let layer = try layer(input: graph.shape(of: input), needed: graph.needed)
    return try graph.append(layer, input)
  }
}

/// The kind "layer".
public enum LayerKind: Kind {
  public static let name = "layer"
  public static let registry = Registry<any LayerPart>(
    name,
    layers)
}

/// One entry of a stack's list.
public typealias LayerChoice = Choice<LayerKind>

/// All layers by name. To add a layer, write its file in `Modules/` and add its line here.
private let layers: [Registry<any LayerPart>.Row] = [
  .module(AveragePool2D.self) { $0 },
  .module(BatchNorm.self) { $0 },
  .module(Conv2D.self) { $0 },
  .module(ConvTranspose2D.self) { $0 },
  .module(Dense.self) { $0 },
  .module(Dropout.self) { $0 },
  .module(ELU.self) { $0 },
  .module(Flatten.self) { $0 },
  .module(GatedDense.self) { $0 },
  .module(GELU.self) { $0 },
  .module(GroupNorm.self) { $0 },
  .module(HardTanh.self) { $0 },
  .module(LayerNorm.self) { $0 },
  .module(LeakyReLU.self) { $0 },
  .module(MaxPool2D.self) { $0 },
  .module(Mish.self) { $0 },
  .module(Parallel.self) { $0 },
  .module(ReLU.self) { $0 },
  .module(Reshape.self) { $0 },
  .module(Residual.self) { $0 },
  .module(SELU.self) { $0 },
  .module(Sigmoid.self) { $0 },
  .module(SiLU.self) { $0 },
  .module(Softmax.self) { $0 },
  .module(Softplus.self) { $0 },
  .module(Softsign.self) { $0 },
  .module(Tanh.self) { $0 },
  .module(Upsample2D.self) { $0 },
]
