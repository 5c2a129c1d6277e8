import Glibc

/// Numbers at the end of a page, before one that cannot be accessed: code that reads or writes past
/// them ends the tests.
package final class GuardedArray {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int
  private let memory: UnsafeMutableRawPointer
  private let bytes: Int

  package struct NoMemory: Error {}

  package init(_ values: [Float]) throws {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let pages = (4 * values.count + page - 1) / page
    bytes = (pages + 1) * page
    guard
      let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      memory != MAP_FAILED
    else { throw NoMemory() }
    self.memory = memory
    count = values.count
    base = (memory + pages * page - 4 * count).assumingMemoryBound(to: Float.self)
    guard mprotect(memory + pages * page, page, PROT_NONE) == 0 else { throw NoMemory() }
    base.update(from: values, count: count)
  }

  deinit { munmap(memory, bytes) }

  package var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
