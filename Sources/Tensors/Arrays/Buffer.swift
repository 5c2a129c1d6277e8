import Files
import Glibc
import JSON

/// Memory for so many numbers of one type, zero to begin with, which is given back when nobody
/// holds it any more.
///
/// For what has to stay where it is while several threads work on it; arrays of Swift's end the
/// process where there is no memory.
public final class Buffer<Element: BitwiseCopyable> {
  public let base: UnsafeMutablePointer<Element>
  public let count: Int

  /// Throws `memory` where so much cannot be had.
  public init(
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
