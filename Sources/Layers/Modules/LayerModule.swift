import Declarations
import JSON
import Tensors

/// What the registry of layers hands out: options that are decoded, and add their layer to a graph
/// once the shape of its input is known.
public protocol LayerPart: Sendable {
  var typeName: String { get }
  /// Adds itself behind `input`, and answers where its output is. Throws `shape` where it does not
  /// fit.
  func wire(_ input: Slot, into graph: inout Graph) throws(Fault) -> Slot
  /// Whether the output always has the shape of the input.
  var preservesShape: Bool { get }
  /// A shape that the examples can take.
  var exampleInput: Shape { get }
}

/// A layer's options as a type: what a client writes.
public protocol LayerModule: Module, LayerPart {
  /// Whether the output always has the shape of the input.
  static var keepsShape: Bool { get }
  /// A shape that the examples can take.
  static var exampleInput: Shape { get }
}

extension LayerModule {
  public static var keepsShape: Bool { false }
  public static var exampleInput: Shape { [6] }
  public var typeName: String { Self.type }
  public var preservesShape: Bool { Self.keepsShape }
  public var exampleInput: Shape { Self.exampleInput }
}

/// The common case: one layer with one input.
public protocol SimpleLayerModule: LayerModule {
  /// `needed` is the number of outputs that whatever follows the stack wants, where this layer
  /// decides it.
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

/// What a stack is written as.
public typealias LayerChoice = Choice<LayerKind>

/// Every layer, one line each. To add a layer: write its file in `Modules/`, add its line.
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
