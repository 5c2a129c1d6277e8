import Declarations
import JSON

extension Double {
  /// Whether the number is finite, but infinite as float32.
  package var isBeyondFloat32: Bool { isFinite && Float(self).isInfinite }
}

extension Fault {
  /// Returns the fault for a number of `subject` that float32 cannot hold.
  package static func beyondFloat32(
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
  /// Whether every number is finite; padding is ignored.
  package var isFinite: Bool {
    (0..<rows).allSatisfy { row in
      UnsafeBufferPointer(start: self.row(row), count: columns).allSatisfy(\.isFinite)
    }
  }
}

extension Block {
  /// Whether any number is NaN.
  package var hasNaN: Bool {
    (0..<rows).contains { row in
      UnsafeBufferPointer(start: self.row(row), count: columns).contains(where: \.isNaN)
    }
  }
}

extension Tensor {
  /// The indices of rows with a number that is not finite, in ascending order.
  package var rowsNotFinite: [Int] {
    let width = width
    return (0..<rows).filter { row in
      !values[row * width..<(row + 1) * width].allSatisfy(\.isFinite)
    }
  }
}
