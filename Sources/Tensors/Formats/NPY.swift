import Files
import JSON

/// An array of a NumPy file (`.npy`, versions 1 to 3).
///
/// It reads uint8, float32, float64 and int64, little-endian and in C order. Throws `badFile` with
/// the byte and the rule for anything else. Format:
/// numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
package struct NPY: Sendable, Equatable {
  package enum Values: Sendable, Equatable {
    case bytes([UInt8])
    case floats([Float])
    case doubles([Double])
    case integers([Int])
  }

  package let shape: Shape
  package let values: Values

  /// Reads a file.
  package init(contentsOf path: String) throws(Fault) {
    try self.init(parsing: File.read(path), path)
  }

  /// Parses the bytes of a file; `path` is used in messages.
  package init(parsing bytes: [UInt8], _ path: String) throws(Fault) {
    let header = try NPYHeader(bytes, size: bytes.count, path)
    try header.checkSize(bytes.count, path)
    let count = header.shape.count
    shape = header.shape
    // The memory of the values, and of a tensor made from them.
    try Memory.require(Size(count) * (header.element.width + 4), for: path)
    values =
      switch header.element {
      case .uint8: .bytes(Array(bytes[header.end...]))
      case .float32: .floats(bytes.values(Float.self, at: header.end, count: count))
      case .float64:
        .doubles(bytes.values(Double.self, at: header.end, count: count))
      case .int64: .integers(bytes.values(Int.self, at: header.end, count: count))
      }
  }

  /// The values as float32: float64, and integers beyond 2^24, are rounded.
  package var tensor: Tensor {
    switch values {
    case .bytes(let values): Tensor(shape, values.map { Float($0) })
    case .floats(let values): Tensor(shape, values)
    case .doubles(let values): Tensor(shape, values.map { Float($0) })
    case .integers(let values): Tensor(shape, values.map { Float($0) })
    }
  }

  /// The values as float64, row-major; integers beyond 2^53 are rounded.
  package var doubles: [Double] {
    switch values {
    case .bytes(let values): values.map { Double($0) }
    case .floats(let values): values.map { Double($0) }
    case .doubles(let values): values
    case .integers(let values): values.map { Double($0) }
    }
  }

  /// The bytes before the data in a version 1 file of float32 with this shape: a multiple of 64.
  static func header(_ shape: Shape) -> [UInt8] {
    let extents = shape.extents.map(String.init).joined(separator: ", ")
    let tuple = shape.extents.count == 1 ? "(\(extents),)" : "(\(extents))"
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    return NPYHeader.magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
  }

  /// Writes float32 atomically: the file is complete, or unchanged.
  @discardableResult
  package static func write(
    _ tensor: Tensor, to path: String, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> AtomicFile.Receipt {
    var file = try AtomicFile(replacing: path)
    try file.append(header(tensor.shape))
    try file.append(tensor.values, checkpoint: checkpoint)
    return try file.keep()
  }
}
