import Files

extension StoredArray {
  /// The type of a file's numbers, by its name in NumPy or PyTorch.
  package enum Element: String, CaseIterable, Sendable {
    case bool
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float16, bfloat16, float32, float64
    case float8E5M2 = "float8_e5m2"
    case float8E4M3 = "float8_e4m3fn"

    /// The names of the type in the formats of files; nil if a format does not have it. The name in
    /// NumPy files follows the byte order.
    package var names: (npy: String?, safetensors: String, idx: UInt8?) {
      switch self {
      case .bool: ("b1", "BOOL", nil)
      case .int8: ("i1", "I8", 9)
      case .int16: ("i2", "I16", 11)
      case .int32: ("i4", "I32", 12)
      case .int64: ("i8", "I64", nil)
      case .uint8: ("u1", "U8", 8)
      case .uint16: ("u2", "U16", nil)
      case .uint32: ("u4", "U32", nil)
      case .uint64: ("u8", "U64", nil)
      case .float16: ("f2", "F16", nil)
      case .bfloat16: (nil, "BF16", nil)
      case .float32: ("f4", "F32", 13)
      case .float64: ("f8", "F64", 14)
      case .float8E5M2: (nil, "F8_E5M2", nil)
      case .float8E4M3: (nil, "F8_E4M3", nil)
      }
    }

    /// The number of bytes of a number.
    package var width: Int {
      switch self {
      case .bool, .int8, .uint8, .float8E5M2, .float8E4M3: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      }
    }

    /// Runs a loop over numbers of this type.
    @inline(__always)
    private func run(_ loop: some NumberLoop) {
      switch self {
      case .bool: loop.run(Truth.self)
      case .int8: loop.run(Int8.self)
      case .int16: loop.run(Int16.self)
      case .int32: loop.run(Int32.self)
      case .int64: loop.run(Int64.self)
      case .uint8: loop.run(UInt8.self)
      case .uint16: loop.run(UInt16.self)
      case .uint32: loop.run(UInt32.self)
      case .uint64: loop.run(UInt64.self)
      case .float16: loop.run(Half.self)
      case .bfloat16: loop.run(BrainHalf.self)
      case .float32: loop.run(Float.self)
      case .float64: loop.run(Double.self)
      case .float8E5M2: loop.run(UpperQuarter.self)
      case .float8E4M3: loop.run(FineQuarter.self)
      }
    }

    /// Converts the first `count` numbers of `bytes` to float32.
    package func convert(
      _ bytes: UnsafeRawPointer, _ count: Int, isBigEndian: Bool = false,
      into out: UnsafeMutablePointer<Float>
    ) {
      if self == .float32, !isBigEndian {
        UnsafeMutableRawPointer(out).copyMemory(from: bytes, byteCount: 4 * count)
      } else {
        run(ToFloats(bytes: bytes, count: count, isBigEndian: isBigEndian, out: out))
      }
    }

    /// Converts the numbers at `positions` to float32; `bytes` begin with the number at `first`.
    package func convert(
      _ bytes: UnsafeRawPointer, from first: Int, at positions: ArraySlice<Int>,
      isBigEndian: Bool = false, into out: UnsafeMutablePointer<Float>
    ) {
      run(
        ToPickedFloats(
          bytes: bytes, first: first, positions: positions, isBigEndian: isBigEndian, out: out))
    }

    /// Converts the first `count` numbers of `bytes` to float64.
    package func convert(
      _ bytes: UnsafeRawPointer, _ count: Int, isBigEndian: Bool = false,
      into out: UnsafeMutablePointer<Double>
    ) {
      run(ToDoubles(bytes: bytes, count: count, isBigEndian: isBigEndian, out: out))
    }

    /// Converts the first `count` numbers of `bytes` to integers, with nil for each that is not
    /// whole.
    package func convert(
      _ bytes: UnsafeRawPointer, _ count: Int, isBigEndian: Bool = false,
      into out: UnsafeMutablePointer<Int?>
    ) {
      run(ToIntegers(bytes: bytes, count: count, isBigEndian: isBigEndian, out: out))
    }
  }
}

extension UnsafeRawPointer {
  @inline(__always)
  fileprivate func number<T: StoredNumber>(_: T.Type, _ index: Int, _ isBigEndian: Bool) -> T {
    let bits = loadUnaligned(fromByteOffset: MemoryLayout<T.Bits>.stride * index, as: T.Bits.self)
    return T(bits: isBigEndian ? bits.byteSwapped : bits)
  }
}

private struct ToFloats: NumberLoop {
  let bytes: UnsafeRawPointer
  let count: Int
  let isBigEndian: Bool
  let out: UnsafeMutablePointer<Float>

  func run<T: StoredNumber>(_ type: T.Type) {
    if isBigEndian {
      for i in 0..<count { out[i] = bytes.number(type, i, true).float }
    } else {
      for i in 0..<count { out[i] = bytes.number(type, i, false).float }
    }
  }
}

private struct ToPickedFloats: NumberLoop {
  let bytes: UnsafeRawPointer
  let first: Int
  let positions: ArraySlice<Int>
  let isBigEndian: Bool
  let out: UnsafeMutablePointer<Float>

  func run<T: StoredNumber>(_ type: T.Type) {
    var next = 0
    for position in positions {
      out[next] = bytes.number(type, position - first, isBigEndian).float
      next += 1
    }
  }
}

private struct ToDoubles: NumberLoop {
  let bytes: UnsafeRawPointer
  let count: Int
  let isBigEndian: Bool
  let out: UnsafeMutablePointer<Double>

  func run<T: StoredNumber>(_ type: T.Type) {
    for i in 0..<count { out[i] = bytes.number(type, i, isBigEndian).double }
  }
}

private struct ToIntegers: NumberLoop {
  let bytes: UnsafeRawPointer
  let count: Int
  let isBigEndian: Bool
  let out: UnsafeMutablePointer<Int?>

  func run<T: StoredNumber>(_ type: T.Type) {
    for i in 0..<count {
      (out + i).initialize(to: bytes.number(type, i, isBigEndian).whole)
    }
  }
}
