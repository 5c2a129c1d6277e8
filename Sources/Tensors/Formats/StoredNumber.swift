/// A number in a file.
protocol StoredNumber: BitwiseCopyable {
  associatedtype Bits: FixedWidthInteger & BitwiseCopyable

  init(bits: Bits)

  /// The number as float32, rounded to the nearest.
  var float: Float { get }
  /// The number as float64; an integer beyond 2^53 is rounded.
  var double: Double { get }
  /// The number as an integer; nil if it is not whole, or beyond `Int`.
  var whole: Int? { get }
}

/// A loop over numbers whose type is known only at run time.
protocol NumberLoop {
  func run<T: StoredNumber>(_ type: T.Type)
}

extension StoredNumber where Bits == Self {
  init(bits: Self) { self = bits }
}

extension StoredNumber where Self: FixedWidthInteger {
  var float: Float { Float(self) }
  var double: Double { Double(self) }
  var whole: Int? { Int(exactly: self) }
}

extension Int8: StoredNumber {}
extension Int16: StoredNumber {}
extension Int32: StoredNumber {}
extension Int64: StoredNumber {}
extension UInt8: StoredNumber {}
extension UInt16: StoredNumber {}
extension UInt32: StoredNumber {}
extension UInt64: StoredNumber {}

extension Float: StoredNumber {
  init(bits: UInt32) { self.init(bitPattern: bits) }
  var float: Float { self }
  var double: Double { Double(self) }
  var whole: Int? { Int(exactly: self) }
}

extension Double: StoredNumber {
  init(bits: UInt64) { self.init(bitPattern: bits) }
  var float: Float { Float(self) }
  var double: Double { self }
  var whole: Int? { Int(exactly: self) }
}

/// A number that fits into float32.
protocol SmallNumber: StoredNumber {}

extension SmallNumber {
  var double: Double { Double(float) }
  var whole: Int? { Int(exactly: float) }
}

/// A truth value: every byte but zero is true, as in NumPy.
struct Truth: SmallNumber {
  let bits: UInt8
  var float: Float { bits == 0 ? 0 : 1 }
}

/// A number of IEEE 754's binary16.
///
/// It is converted by hand, because Swift has no `Float16` on every machine.
struct Half: SmallNumber {
  let bits: UInt16

  var float: Float {
    let (exponent, fraction) = (UInt32(bits >> 10 & 31), UInt32(bits & 0x3FF))
    let sign = UInt32(bits & 0x8000) << 16
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

/// The upper half of a float32.
struct BrainHalf: SmallNumber {
  let bits: UInt16
  var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}

/// The upper half of a `Half`: F8_E5M2.
struct UpperQuarter: SmallNumber {
  let bits: UInt8
  var float: Float { Half(bits: UInt16(bits) << 8).float }
}

/// A number of 4 bits of exponent and 3 of fraction, without infinities: F8_E4M3 of safetensors,
/// `float8_e4m3fn` of PyTorch (arxiv.org/abs/2209.05433).
struct FineQuarter: SmallNumber {
  let bits: UInt8

  var float: Float {
    let (exponent, fraction) = (UInt32(bits >> 3 & 15), UInt32(bits & 7))
    let magnitude: Float
    if bits & 0x7F == 0x7F {
      magnitude = .nan
    } else if exponent == 0 {
      magnitude = Float(fraction) * 0x1p-9
    } else {
      magnitude = Float(bitPattern: (exponent + 120) << 23 | fraction << 20)
    }
    return bits & 0x80 == 0 ? magnitude : -magnitude
  }
}
