import Files
import Glibc
import JSON

/// Memory for a number of values of one type, initially zero, which is freed with its last
/// reference.
///
/// For memory that must not move while several threads work on it; Swift arrays end the process if
/// an allocation fails.
package final class Buffer<Element: BitwiseCopyable> {
  package let base: UnsafeMutablePointer<Element>
  package let count: Int

  /// Throws `memory` if there is not enough.
  package init(
    _ size: Size, of type: Element.Type = Element.self, for purpose: @autoclosure () -> String,
    hint: String? = nil
  ) throws(Fault) {
    count = try size.value(for: purpose(), hint: hint)
    base = try Memory.zeros(
      max(1, size).bytes(of: Element.self), for: purpose(), hint: hint
    ).bindMemory(to: Element.self, capacity: count)
  }

  deinit { free(base) }
}
