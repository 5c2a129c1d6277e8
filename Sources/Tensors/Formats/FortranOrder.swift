/// The positions of an array's numbers in row-major order, as they come in Fortran's order: the
/// first index moves fastest.
package struct FortranOrder {
  private let extents: [Int]
  /// The distance in row-major order between neighbours along each extent.
  private let strides: [Int]
  private var index: [Int]
  private var position = 0

  package init(_ shape: Shape) {
    extents = shape.extents.isEmpty ? [1] : shape.extents
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in extents.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    self.strides = strides
    index = [Int](repeating: 0, count: extents.count)
  }

  /// Writes the next numbers to their positions in `out`, which holds the whole array.
  package mutating func place<T: BitwiseCopyable>(
    _ numbers: UnsafeBufferPointer<T>, in out: UnsafeMutablePointer<T>
  ) {
    var next = 0
    while next < numbers.count {
      let run = min(extents[0] - index[0], numbers.count - next)
      for i in 0..<run { out[position + i * strides[0]] = numbers[next + i] }
      next += run
      index[0] += run
      position += run * strides[0]
      var axis = 0
      while index[axis] == extents[axis], axis + 1 < extents.count {
        position += strides[axis + 1] - extents[axis] * strides[axis]
        index[axis] = 0
        index[axis + 1] += 1
        axis += 1
      }
    }
  }

  /// Returns the place in row-major order of the number at `place` in Fortran's order.
  package static func place(_ place: Int, _ shape: Shape) -> Int {
    var (rest, stride, found) = (place, shape.count, 0)
    for extent in shape.extents {
      stride /= extent
      found += rest % extent * stride
      rest /= extent
    }
    return found
  }

  /// Returns numbers in Fortran's order in row-major order; `filler` is any number.
  static func rowMajor<T: BitwiseCopyable>(_ numbers: [T], _ shape: Shape, filler: T) -> [T] {
    guard shape.extents.count > 1, !numbers.isEmpty else { return numbers }
    var order = FortranOrder(shape)
    var out = [T](repeating: filler, count: numbers.count)
    out.withUnsafeMutableBufferPointer { out in
      guard let base = out.baseAddress else { return }
      numbers.withUnsafeBufferPointer { order.place($0, in: base) }
    }
    return out
  }
}
