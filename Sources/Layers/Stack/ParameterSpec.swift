import Files
import JSON
import Tensors

/// One array of parameters or state: its name within the layer, its shape, and its initial values.
public struct ParameterSpec: Sendable {
  /// How a fresh parameter is filled.
  public enum Initial: Sendable {
    case constant(Float)
    /// Uniform on ±sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010).
    case glorotUniform(fanIn: Int, fanOut: Int)
    /// Uniform on plus or minus the number.
    case uniform(Float)
  }

  /// The role of an array in its layer, for code that fits or arranges the parameters of a model.
  public enum Role: Sendable {
    /// W of y = x W, (inputs, outputs).
    case weight
    /// An array that is added to the layer's output.
    case bias
    case other
  }

  public var name: String
  public let shape: Shape
  /// The rows of the matrix that products use; the remaining extents are its columns.
  public let rows: Int
  /// How a fresh parameter is filled.
  public let initial: Initial
  /// The role of the parameter in its layer.
  public let role: Role

  /// A parameter of this shape, stored as a matrix of `rows` rows.
  public init(
    _ name: String, _ shape: Shape, _ initial: Initial = .constant(0), rows: Int? = nil,
    role: Role = .other
  ) {
    self.name = name
    self.role = role
    self.shape = shape
    self.initial = initial
    // The shape may be unchecked; a product that no memory can hold is refused where the spec is
    // used.
    let leading = shape.extents.dropLast().reduce(Size(1), *)
    self.rows = rows ?? (shape.extents.count < 2 ? 1 : leading.exactly ?? .max)
  }

  public var columns: Int { shape.count / rows }

  func named(_ name: String) -> ParameterSpec {
    var spec = self
    spec.name = name
    return spec
  }
}
