import Glibc
import Synchronization

/// Detects writes outside blocks: while a watch is set, every new arena keeps margins between its
/// blocks, and reports on deinit whether they are unchanged. Tests run whole models under it.
///
/// If the program was built with the address sanitizer, all arenas have margins, and reading or
/// writing one ends it.
package final class MarginWatch: Sendable {
  @TaskLocal static var current: MarginWatch?

  private let count = Mutex((arenas: 0, trespasses: 0))

  package init() {}

  /// Runs `body` with this watch; the arenas it makes must be freed when it returns.
  package func callAsFunction<T>(_ body: () throws -> T) rethrows -> T {
    try Self.$current.withValue(self, operation: body)
  }

  /// The number of freed arenas, and of those with a write into a margin.
  package var findings: (arenas: Int, trespasses: Int) { count.withLock { $0 } }

  func take(holds: Bool) {
    count.withLock {
      $0.arenas += 1
      $0.trespasses += holds ? 0 : 1
    }
  }

  /// The margin after each block of an arena unless the layout sets one.
  package static var margin: Int { current != nil || sanitizer != nil ? 16 : 0 }

  private typealias Region = @convention(c) (UnsafeRawPointer, Int) -> Void

  private static func region(_ name: String) -> Region? {
    dlsym(nil, name).map { unsafeBitCast($0, to: Region.self) }
  }

  /// The sanitizer's two functions, if it is linked (sanitizer/asan_interface.h).
  private static let sanitizer: (forbid: Region, allow: Region)? = {
    guard let forbid = region("__asan_poison_memory_region"),
      let allow = region("__asan_unpoison_memory_region")
    else { return nil }
    return (forbid, allow)
  }()

  static func forbid(_ base: UnsafePointer<Float>, count: Int) {
    sanitizer?.forbid(base, count * MemoryLayout<Float>.stride)
  }

  static func allow(_ base: UnsafePointer<Float>, count: Int) {
    sanitizer?.allow(base, count * MemoryLayout<Float>.stride)
  }
}
