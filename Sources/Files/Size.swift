import JSON

/// A number of values or bytes, computed from external counts, whose sums and products cannot
/// overflow.
///
/// A count beyond the address space stays so in every operation: it is larger than all others, so
/// that a comparison with what is available refuses it, and its `value` throws. Hence expressions
/// need no `try`, and the count cannot be taken without a check: `try (Size(rows) * stride +
/// 3).value(for: "the rows")`.
public struct Size: Sendable, Equatable, Comparable, ExpressibleByIntegerLiteral {
  /// The count; nil if it is beyond the address space.
  public let exactly: Int?

  /// Larger than every count.
  public static let beyond = Size(exactly: nil)

  private init(exactly: Int?) { self.exactly = exactly }

  /// A negative count is invalid, so it becomes `beyond`.
  public init(_ count: Int) { exactly = count < 0 ? nil : count }

  public init(integerLiteral count: Int) { self.init(count) }

  /// Returns the count. Throws `memory`, or `kind`, if it is beyond the address space.
  public func value(
    for purpose: @autoclosure () -> String, _ kind: Fault.Kind = .memory, hint: String? = nil
  ) throws(Fault) -> Int {
    if let exactly { return exactly }
    throw Fault(
      kind, "not enough memory for \(purpose()): more than 2^63 bytes needed",
      expected: "fewer than 2^63 bytes", got: "2^63 bytes or more", hint: hint)
  }

  public static func + (a: Size, b: Size) -> Size {
    combine(a, b) { $0.addingReportingOverflow($1) }
  }
  public static func * (a: Size, b: Size) -> Size {
    combine(a, b) { $0.multipliedReportingOverflow(by: $1) }
  }
  public static func + (a: Size, b: Int) -> Size { a + Size(b) }
  public static func * (a: Size, b: Int) -> Size { a * Size(b) }
  public static func += (a: inout Size, b: Size) { a = a + b }
  public static func += (a: inout Size, b: Int) { a = a + b }

  private static func combine(
    _ a: Size, _ b: Size, _ operation: (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) -> Size {
    guard let a = a.exactly, let b = b.exactly else { return .beyond }
    let (value, isBeyond) = operation(a, b)
    return isBeyond ? .beyond : Size(exactly: value)
  }

  /// The smallest multiple of `unit`, from 1, that is not smaller.
  public func roundedUp(to unit: Int) -> Size { parts(of: unit) * unit }

  /// The number of parts of `unit`, from 1, including a last partial one.
  public func parts(of unit: Int) -> Size {
    Size(exactly: exactly.map { $0 / unit + ($0 % unit == 0 ? 0 : 1) })
  }

  /// The bytes of this number of values of a type.
  public func bytes<T>(of type: T.Type) -> Size { self * MemoryLayout<T>.stride }

  public static func < (a: Size, b: Size) -> Bool {
    guard let a = a.exactly else { return false }
    return b.exactly.map { a < $0 } ?? true
  }
}
