import Files
import JSON

/// An array of a NumPy file (`.npy`, versions 1 to 3).
///
/// It reads the numbers and truth values of NumPy, in either byte order, in C's or Fortran's order.
/// Throws `badFile` with the byte and the rule for anything else. Format:
/// numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
package struct NPY: Sendable {
  package let shape: Shape
  private let layout: StoredArray.Layout
  /// The whole file; the numbers begin at byte `begin`.
  private let bytes: [UInt8]
  private let begin: Int

  /// Reads a file.
  package init(contentsOf path: String) throws(Fault) {
    try self.init(parsing: File.read(path), path)
  }

  /// Parses the bytes of a file; `path` is used in messages.
  package init(parsing bytes: [UInt8], _ path: String) throws(Fault) {
    let header = try NPYHeader(bytes, size: bytes.count, path)
    try header.checkSize(bytes.count, path)
    shape = header.shape
    layout = header.layout
    // The memory of a list of float64, and of its copy in another order.
    try Memory.require(Size(shape.count) * (layout.isFortran ? 16 : 8), for: path)
    (self.bytes, begin) = (bytes, header.end)
  }

  /// The values as float32: float64, and integers beyond 2^24, are rounded.
  package var tensor: Tensor {
    Tensor(
      shape,
      numbers(0) { layout.element.convert($0, $1, isBigEndian: layout.isBigEndian, into: $2) })
  }

  /// The values as float64, row-major; integers beyond 2^53 are rounded.
  package var doubles: [Double] {
    numbers(0) { layout.element.convert($0, $1, isBigEndian: layout.isBigEndian, into: $2) }
  }

  private func numbers<T: BitwiseCopyable>(
    _ filler: T, _ convert: (UnsafeRawPointer, Int, UnsafeMutablePointer<T>) -> Void
  ) -> [T] {
    let numbers = [T](unsafeUninitializedCapacity: shape.count) { numbers, initialized in
      bytes.withUnsafeBytes {
        guard let bytes = $0.baseAddress, let numbers = numbers.baseAddress else { return }
        convert(bytes + begin, shape.count, numbers)
        initialized = shape.count
      }
    }
    return layout.isFortran ? FortranOrder.rowMajor(numbers, shape, filler: filler) : numbers
  }

  /// The first value that is finite, but infinite as float32, and its position.
  package var beyondFloat32: (number: Double, place: Int)? {
    guard layout.element == .float64 else { return nil }
    let values = doubles
    return values.firstIndex(where: \.isBeyondFloat32).map { (values[$0], $0) }
  }

  /// Returns the bytes before the data in a version 1 file of float32 with this shape: a multiple
  /// of 64.
  static func header(_ shape: Shape) -> [UInt8] {
    let extents = shape.extents.map(String.init).joined(separator: ", ")
    let tuple = shape.extents.count == 1 ? "(\(extents),)" : "(\(extents))"
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple), }"
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    return NPYHeader.magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
  }

  /// Writes float32 atomically: the file is complete, or unchanged. `replace` allows it to replace
  /// a file of another kind.
  @discardableResult
  package static func write(
    _ tensor: Tensor, to path: String, replace: Bool = false,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> AtomicFile.Receipt {
    var file = try AtomicFile(.npy, at: path, replace: replace)
    try file.append(header(tensor.shape))
    try file.append(tensor.values, checkpoint: checkpoint)
    return try file.keep()
  }
}
