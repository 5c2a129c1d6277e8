import Glibc
import JSON

/// What memory can be had, asked before it is taken: an array that cannot be allocated ends the process.
public enum Memory {
  /// The machine's memory in bytes.
  public static let physical = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

  /// The same for a size that may be beyond the address space.
  public static func require(
    _ size: Size, for purpose: @autoclosure () -> String, hint: String? = nil
  ) throws(Fault) {
    try require(try size.value(for: purpose(), hint: hint), for: purpose(), hint: hint)
  }

  /// Throws `memory` unless `bytes` for `purpose` fit the machine and the process's limits.
  public static func require(
    _ bytes: Int, for purpose: @autoclosure () -> String, hint: String? = nil
  ) throws(Fault) {
    // Below this, asking costs more than it tells.
    guard bytes > 1 << 20 else { return }
    if bytes <= physical, let probe = malloc(bytes) { return free(probe) }
    throw Fault(
      .memory, "\(purpose()) takes \(bytes) bytes, which cannot be had",
      expected: "at most \(physical) bytes", got: "\(bytes) bytes", hint: hint)
  }
}
