/// An array of float32 that owns its numbers, row-major, for input and output. Training works on
/// blocks.
public struct Tensor: Sendable, Equatable {
  public let shape: Shape
  /// The numbers in row-major order.
  public var values: [Float]

  /// A tensor of these numbers, as many as the shape holds.
  public init(_ shape: Shape, _ values: [Float]) {
    precondition(shape.count == values.count, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }

  /// A tensor of zeros.
  public init(zeros shape: Shape) {
    self.init(shape, [Float](repeating: 0, count: shape.count))
  }

  /// The number of rows: the first extent.
  public var rows: Int { shape.extents.first ?? 1 }
  /// The number of values in one row.
  public var width: Int { rows == 0 ? 0 : shape.count / rows }
}
