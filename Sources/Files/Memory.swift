import Glibc
import JSON
import Synchronization

/// What memory can be had, asked before it is taken: an array that cannot be allocated ends the
/// process.
///
/// Two things are asked. The process's own limits, and what the system promises, by mapping as much
/// and giving it back at once. And what really is there, by the memory that the machine and the
/// control groups around the process have left: in a control group every mapping succeeds, and the
/// process is killed when it touches too much. What was promised before and not touched yet counts
/// as gone.
public enum Memory {
  /// What is left to the many small things that a request takes without asking: texts, replies, the
  /// parts of a model.
  public static let reserve = 32 << 20
  /// Below this, asking costs more than it tells; what was taken so is asked for together.
  private static let small = 1 << 20
  private static let taken = Atomic<Int>(0)

  /// What the kernel's files said the last time, and what was asked for since, given back or not.
  private struct Look {
    var left = 0
    var spent = 0
    var milliseconds = -1000
  }

  private static let look = Mutex(Look())

  /// Whether so much is left. The files take longer to read than most requests: where they leave
  /// room they are read anew 20 times a second.
  private static func isThere(_ bytes: Int, beside rest: Int) -> Bool {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = time.tv_sec &* 1000 &+ time.tv_nsec / 1_000_000
    return look.withLock { look in
      if now &- look.milliseconds >= 50 || bytes > look.left - look.spent - rest {
        look = Look(left: left, milliseconds: now)
      }
      guard bytes <= look.left - look.spent - rest else { return false }
      look.spent += bytes
      return true
    }
  }

  /// Throws `memory` unless `bytes` for `purpose` can be had, and the reserve beside them.
  public static func require(
    _ bytes: Int, for purpose: @autoclosure () -> String, hint: String? = nil
  ) throws(Fault) {
    var sum = bytes
    if bytes < small {
      guard taken.add(max(0, bytes), ordering: .relaxed).newValue >= small else { return }
      sum = max(bytes, taken.exchange(0, ordering: .relaxed))
    }
    if isMapped(sum, reserve), isThere(sum, beside: reserve) { return }
    throw shortage(bytes, purpose(), hint)
  }

  /// The same for a size that may be beyond the address space.
  public static func require(
    _ size: Size, for purpose: @autoclosure () -> String, hint: String? = nil
  ) throws(Fault) {
    try require(try size.value(for: purpose(), hint: hint), for: purpose(), hint: hint)
  }

  /// Throws `memory` where the reserve cannot be had, without which no session should begin.
  public static func requireStart() throws(Fault) {
    if isMapped(reserve, 0), left >= reserve { return }
    throw shortage(reserve, "a session", "start elbo with a higher limit", beside: 0)
  }

  /// Throws `memory` where half of the reserve is gone, so that nothing should be begun.
  public static func requireReserve() throws(Fault) {
    if isMapped(reserve / 2, 0), isThere(0, beside: reserve / 2) { return }
    throw Fault(
      .memory, "the memory that is left is kept for what is there already",
      expected: "\(reserve / 2) bytes", got: "\(room(below: reserve / 2, beside: 0)) bytes",
      hint: "drop a model, a trainer or a data set, or start elbo with a higher limit")
  }

  /// Zeros of the system's, to be given back with `free`: pages that are never written take no
  /// memory. Throws `memory`.
  package static func zeros(
    _ size: Size, for purpose: @autoclosure () -> String, hint: String?
  ) throws(Fault) -> UnsafeMutableRawPointer {
    let bytes = try size.value(for: purpose(), hint: hint)
    try require(bytes, for: purpose(), hint: hint)
    guard let memory = calloc(bytes, 1) else { throw shortage(bytes, purpose(), hint) }
    return memory
  }

  private static func shortage(
    _ bytes: Int, _ purpose: String, _ hint: String?, beside rest: Int = reserve
  ) -> Fault {
    let room = room(below: bytes, beside: rest)
    return Fault(
      .memory, "\(purpose) takes \(bytes) bytes, and \(room) can be had",
      expected: "at most \(room) bytes", got: "\(bytes) bytes",
      hint: hint ?? "drop what is no longer needed, or ask for less at a time")
  }

  /// How many of `bytes` there are with `rest` beside them: exact to a page, by halving.
  private static func room(below bytes: Int, beside rest: Int) -> Int {
    var (least, most) = (0, max(0, min(bytes, left - rest)))
    if isMapped(most, rest) { return most }
    while most - least > 4096 {
      let middle = least + (most - least) / 2
      if isMapped(middle, rest) { least = middle } else { most = middle }
    }
    return least
  }

  /// Whether the system promises so much. A mapping and not `malloc`, since a pair of `malloc` and
  /// `free` is removed by the compiler.
  private static func isMapped(_ bytes: Int, _ rest: Int) -> Bool {
    let (sum, isBeyond) = bytes.addingReportingOverflow(rest)
    guard !isBeyond, sum > 0 else { return sum == 0 }
    return asking.withLock { _ in
      let memory = mmap(nil, sum, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let memory, memory != MAP_FAILED else { return false }
      munmap(memory, sum)
      return true
    }
  }

  /// Held while a mapping is tried or memory is counted: what another thread tries counts as
  /// promised.
  private static let asking = Mutex(())

  /// What the machine and the control groups have left, less what this process was promised and has
  /// not touched.
  private static var left: Int {
    asking.withLock { _ in
      let room = min(MachineMemory.available ?? .max, ControlGroups().room ?? .max)
      return room == .max ? room : room - (MachineMemory.promised ?? 0)
    }
  }
}
