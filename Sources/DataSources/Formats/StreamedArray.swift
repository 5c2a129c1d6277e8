import Files
import JSON
import Tensors

/// An array whose numbers are read in order, once.
struct StreamedArray {
  let stream: any ByteStream
  let layout: StoredArray.Layout
  let shape: Shape

  private var element: StoredArray.Element { layout.element }
  private var byteCount: Int { shape.count * element.width }

  /// Returns the numbers row by row: bytes as they are, all others as float32. Throws `badFile` for
  /// a float64 that is infinite as float32, and what the stream throws.
  func storage(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Storage {
    let count = shape.count
    try Memory.require(Size(count) * (element == .uint8 ? 1 : 4), for: stream.name)
    if element == .uint8 {
      return .bytes(
        try filled(count) { (out: UnsafeMutablePointer<UInt8>) throws(Fault) in
          guard layout.isFortran else {
            try fill(UnsafeMutableBufferPointer(start: out, count: count), checkpoint)
            return
          }
          var order = FortranOrder(shape)
          try forEachPart(checkpoint) { (bytes, _) in
            order.place(UnsafeBufferPointer(bytes), in: out)
          }
        })
    }
    return .floats(
      try filled(count) { (out: UnsafeMutablePointer<Float>) throws(Fault) in
        var order = FortranOrder(shape)
        try withScratch { (scratch) throws(Fault) in
          try forEachPart(checkpoint) { (bytes, begin) throws(Fault) in
            guard let base = bytes.baseAddress, let scratch = scratch.baseAddress else { return }
            let part = bytes.count / element.width
            let into = layout.isFortran ? scratch : out + begin
            element.convert(base, part, isBigEndian: layout.isBigEndian, into: into)
            try checkRange(base, part, begin)
            if layout.isFortran {
              order.place(UnsafeBufferPointer(start: scratch, count: part), in: out)
            }
          }
        }
      })
  }

  /// Returns the numbers as integers, with nil for each that is not whole.
  func integers(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> [Int?] {
    let count = shape.count
    // The integers, and the classes that they become.
    try Memory.require(Size(count) * 32, for: stream.name)
    return try filled(count) { (out: UnsafeMutablePointer<Int?>) throws(Fault) in
      try forEachPart(checkpoint) { (bytes, begin) in
        guard let base = bytes.baseAddress else { return }
        element.convert(
          base, bytes.count / element.width, isBigEndian: layout.isBigEndian, into: out + begin)
      }
    }
  }

  /// Calls `body` with the integers in order and in parts, with nil for each that is not whole.
  func forEachIntegers(
    _ checkpoint: () throws(Fault) -> Void,
    _ body: (UnsafeMutableBufferPointer<Int?>) throws(Fault) -> Void
  ) throws(Fault) {
    let scratch = UnsafeMutableBufferPointer<Int?>.allocate(capacity: Self.part)
    defer { scratch.deallocate() }
    try forEachPart(checkpoint) { (bytes, _) throws(Fault) in
      guard let base = bytes.baseAddress, let into = scratch.baseAddress else { return }
      let count = bytes.count / element.width
      element.convert(base, count, isBigEndian: layout.isBigEndian, into: into)
      try body(UnsafeMutableBufferPointer(start: into, count: count))
    }
  }

  /// The number of numbers that are converted at a time.
  private static let part = 1 << 17

  /// Calls `body` with the bytes of the next numbers and the place of the first one.
  private func forEachPart(
    _ checkpoint: () throws(Fault) -> Void,
    _ body: (UnsafeMutableBufferPointer<UInt8>, Int) throws(Fault) -> Void
  ) throws(Fault) {
    let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.part * element.width)
    defer { scratch.deallocate() }
    for begin in stride(from: 0, to: shape.count, by: Self.part) {
      try checkpoint()
      let count = min(Self.part, shape.count - begin)
      let bytes = UnsafeMutableBufferPointer(rebasing: scratch[..<(count * element.width)])
      try fill(bytes, checkpoint)
      try body(bytes, begin)
    }
  }

  private func withScratch(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Fault) -> Void
  ) throws(Fault) {
    let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: Self.part)
    defer { scratch.deallocate() }
    try body(scratch)
  }

  private func fill(
    _ bytes: UnsafeMutableBufferPointer<UInt8>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    guard try stream.read(into: bytes, checkpoint) == bytes.count else {
      throw Fault(
        .badFile,
        "\(stream.name): truncated: shape \(shape) of \(element.rawValue) needs \(byteCount) bytes"
      )
    }
  }

  /// Returns an array that `body` has filled.
  private func filled<T>(
    _ count: Int, _ body: (UnsafeMutablePointer<T>) throws(Fault) -> Void
  ) throws(Fault) -> [T] {
    var failure: Fault?
    let values = [T](unsafeUninitializedCapacity: count) { out, initialized in
      guard let base = out.baseAddress else { return }
      do throws(Fault) {
        try body(base)
        initialized = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return values
  }

  /// Throws for a number that is finite, but infinite as float32, with its row and its place there.
  private func checkRange(
    _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ begin: Int
  ) throws(Fault) {
    guard element == .float64 else { return }
    for i in 0..<count {
      var bits = UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)
      if layout.isBigEndian { bits = bits.byteSwapped }
      let number = Double(bitPattern: bits)
      guard number.isBeyondFloat32 else { continue }
      let place = layout.isFortran ? FortranOrder.place(begin + i, shape) : begin + i
      let (row, position) = place.quotientAndRemainder(
        dividingBy: shape.count / max(1, shape.extents.first ?? 1))
      throw .beyondFloat32(.badFile, "\(stream.name): row \(row)", number, at: position)
    }
  }
}
