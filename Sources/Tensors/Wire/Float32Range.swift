import Declarations
import JSON

extension Double {
  /// Whether it is finite, and infinite as float32.
  public var isBeyondFloat32: Bool { isFinite && Float(self).isInfinite }
}

extension Fault {
  /// Says that `subject` has a number there that float32 does not hold.
  public static func beyondFloat32(
    _ kind: Kind, _ subject: String, _ number: Double, at position: Int
  ) -> Fault {
    let came = JSON.real(number).line
    return Fault(
      kind, "\(subject) has \(came) at position \(position), too large for float32",
      expected: "numbers up to \(Float.greatestFiniteMagnitude)", got: came,
      hint: "scale the numbers before they are saved")
  }
}

extension Block {
  /// Whether every number is, padding aside.
  public var isFinite: Bool {
    (0..<rows).allSatisfy { row in
      UnsafeBufferPointer(start: self.row(row), count: columns).allSatisfy(\.isFinite)
    }
  }
}

extension Block {
  /// Whether some number is none.
  public var hasNaN: Bool {
    (0..<rows).contains { row in
      UnsafeBufferPointer(start: self.row(row), count: columns).contains(where: \.isNaN)
    }
  }
}

extension Tensor {
  /// The rows that have a number that is not finite, in ascending order.
  public var rowsNotFinite: [Int] {
    let width = width
    return (0..<rows).filter { row in
      !values[row * width..<(row + 1) * width].allSatisfy(\.isFinite)
    }
  }
}
