import Files

extension StoredArray {
  /// The type of a file's numbers, by its name in NumPy. They are little-endian, like the supported
  /// machines.
  package enum Element: String, CaseIterable, Sendable {
    case uint8, float32, float64, int64

    /// The number of bytes of a number.
    package var width: Int {
      switch self {
      case .uint8: 1
      case .float32: 4
      case .float64, .int64: 8
      }
    }

    /// Returns the names of all types, as in "U8, F32 and I64".
    static func list(of name: (Element) -> String) -> String {
      let names = allCases.map(name)
      return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    /// The names of the type in the two formats of files.
    var dtype: (npy: String, safetensors: String) {
      switch self {
      case .uint8: ("|u1", "U8")
      case .float32: ("<f4", "F32")
      case .float64: ("<f8", "F64")
      case .int64: ("<i8", "I64")
      }
    }

    /// Converts the first `count` numbers of `bytes` to float32.
    package func convert(
      _ bytes: UnsafeRawPointer, _ count: Int, into out: UnsafeMutablePointer<Float>
    ) {
      switch self {
      case .uint8: for i in 0..<count { out[i] = bytes.number(UInt8.self, i).float }
      case .float32: UnsafeMutableRawPointer(out).copyMemory(from: bytes, byteCount: 4 * count)
      case .float64: for i in 0..<count { out[i] = bytes.number(Double.self, i).float }
      case .int64: for i in 0..<count { out[i] = bytes.number(Int.self, i).float }
      }
    }

    /// Converts the numbers at `positions` to float32; `bytes` begin with the number at `first`.
    package func convert(
      _ bytes: UnsafeRawPointer, from first: Int, at positions: ArraySlice<Int>,
      into out: UnsafeMutablePointer<Float>
    ) {
      func each<T: StoredNumber>(_ type: T.Type) {
        var next = 0
        for position in positions {
          out[next] = bytes.number(type, position - first).float
          next += 1
        }
      }
      switch self {
      case .uint8: each(UInt8.self)
      case .float32: each(Float.self)
      case .float64: each(Double.self)
      case .int64: each(Int.self)
      }
    }

    /// Returns the numbers from byte `begin` on as float32.
    func floats(_ bytes: [UInt8], from begin: Int) -> [Float] {
      let count = (bytes.count - begin) / width
      return [Float](unsafeUninitializedCapacity: count) { floats, initialized in
        bytes.withUnsafeBytes {
          guard let bytes = $0.baseAddress, let floats = floats.baseAddress else { return }
          convert(bytes + begin, count, into: floats)
          initialized = count
        }
      }
    }

    /// Returns the numbers from byte `begin` on as float64.
    func doubles(_ bytes: [UInt8], from begin: Int) -> [Double] {
      let count = (bytes.count - begin) / width
      return switch self {
      case .uint8: bytes[begin...].map { Double($0) }
      case .float32: bytes.values(Float.self, at: begin, count: count).map { Double($0) }
      case .float64: bytes.values(Double.self, at: begin, count: count)
      case .int64: bytes.values(Int.self, at: begin, count: count).map { Double($0) }
      }
    }

    /// Returns the numbers, with nil for each that is not whole.
    func integers(_ bytes: [UInt8]) -> [Int?] {
      let count = bytes.count / width
      return switch self {
      case .uint8: bytes.map { Int($0) }
      case .float32: bytes.values(Float.self, at: 0, count: count).map { Int(exactly: $0) }
      case .float64: bytes.values(Double.self, at: 0, count: count).map { Int(exactly: $0) }
      case .int64: bytes.values(Int.self, at: 0, count: count)
      }
    }
  }
}

/// A number in a file.
private protocol StoredNumber: BitwiseCopyable {
  var float: Float { get }
}

extension UInt8: StoredNumber { fileprivate var float: Float { Float(self) } }
extension Int: StoredNumber { fileprivate var float: Float { Float(self) } }
extension Float: StoredNumber { fileprivate var float: Float { self } }
extension Double: StoredNumber { fileprivate var float: Float { Float(self) } }

extension UnsafeRawPointer {
  fileprivate func number<T: StoredNumber>(_: T.Type, _ index: Int) -> T {
    loadUnaligned(fromByteOffset: MemoryLayout<T>.stride * index, as: T.self)
  }
}
