import Glibc
import JSON
import Synchronization

/// Checks for available memory before it is taken, because an array that cannot be allocated ends
/// the process.
///
/// There are two checks. The first is of the process's limits and of what the system promises: it
/// maps as many bytes and unmaps them at once. The second is of the memory that the machine and the
/// process's control groups have left: in a control group every mapping succeeds, and the process
/// is killed when it touches too much. Memory that was promised and not touched yet counts as used.
/// `--max-memory` bounds what this process holds, whatever the machine has.
package enum Memory {
  /// Memory for the many small allocations of a request that are not checked: texts, replies, the
  /// parts of a model.
  package static let reserve = 32 << 20
  /// Below this size a check costs too much, so small requests are added up and checked together.
  private static let small = 1 << 20
  private static let taken = Atomic<Int>(0)
  /// The bytes that this process may hold; zero if nothing but the machine bounds them.
  private static let bound = Atomic<Int>(0)

  /// Bounds the bytes that this process may hold. Throws `wrongState` where they cannot be counted.
  package static func limit(to bytes: Int) throws(Fault) {
    guard MachineMemory.held != nil else {
      throw Fault(.wrongState, "memory cannot be counted without /proc")
    }
    bound.store(bytes, ordering: .relaxed)
  }

  /// The last figures of the kernel's files, and the requests since, freed or not.
  private struct Look {
    var left = 0
    var spent = 0
    var milliseconds = -1000
  }

  private static let look = Mutex(Look())

  /// Returns whether so much memory is left. Reading the files takes longer than most requests, so
  /// while there is room they are read only 20 times a second.
  private static func isThere(_ bytes: Int, beside rest: Int) -> Bool {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = time.tv_sec &* 1000 &+ time.tv_nsec / 1_000_000
    return look.withLock { look in
      if now &- look.milliseconds >= 50 || bytes > look.left - look.spent - rest {
        look = Look(left: left.bytes, milliseconds: now)
      }
      guard bytes <= look.left - look.spent - rest else { return false }
      look.spent += bytes
      return true
    }
  }

  /// Throws `memory` unless `bytes` for `purpose` are available, in addition to the reserve.
  package static func require(
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
  package static func require(
    _ size: Size, for purpose: @autoclosure () -> String, hint: String? = nil
  ) throws(Fault) {
    try require(try size.value(for: purpose(), hint: hint), for: purpose(), hint: hint)
  }

  /// Throws `memory` if the reserve is not available; a session should not begin without it.
  package static func requireStart() throws(Fault) {
    if isMapped(reserve, 0), left.bytes >= reserve { return }
    throw shortage(reserve, "a session", higher, beside: 0)
  }

  /// Throws `memory` if half of the reserve is gone; nothing should begin then.
  package static func requireReserve() throws(Fault) {
    if isMapped(reserve / 2, 0), isThere(0, beside: reserve / 2) { return }
    let room = room(below: reserve / 2, beside: 0)
    let (cause, way) = room.isBounded ? (" by --max-memory", larger) : ("", higher)
    throw Fault(
      .memory, "the memory left\(cause) is reserved for existing models, trainers and data",
      expected: "\(reserve / 2) bytes", got: "\(room.bytes) bytes",
      hint: "drop a model, a trainer or a data set, or \(way)")
  }

  private static let higher = "start elbo with a higher limit"
  private static let larger = "start elbo with a larger --max-memory"

  /// Returns zeroed memory from the system, to be freed with `free`; pages that are never written
  /// take no memory. Throws `memory`.
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
    let cause = room.isBounded ? " within --max-memory" : ""
    var way = hint ?? "drop what is no longer needed, or ask for less at a time"
    if room.isBounded { way = hint == higher ? larger : "\(way); or \(larger)" }
    return Fault(
      .memory,
      "not enough memory for \(purpose)\(cause): \(bytes) bytes needed, \(room.bytes) available",
      expected: "at most \(room.bytes) bytes", got: "\(bytes) bytes", hint: way)
  }

  /// Memory that is left, and whether `--max-memory` leaves less than the machine.
  private struct Room {
    var bytes: Int
    var isBounded = false
  }

  /// Returns how many of `bytes` are available in addition to `rest`: exact to a page, by
  /// bisection.
  private static func room(below bytes: Int, beside rest: Int) -> Room {
    let left = left
    var (least, most) = (0, max(0, min(bytes, left.bytes - rest)))
    if isMapped(most, rest) { return Room(bytes: most, isBounded: left.isBounded) }
    while most - least > 4096 {
      let middle = least + (most - least) / 2
      if isMapped(middle, rest) { least = middle } else { most = middle }
    }
    return Room(bytes: least)
  }

  /// Returns whether the system promises so much. It uses a mapping, because the compiler removes a
  /// pair of `malloc` and `free`.
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

  /// The bytes that the machine, the control groups and `--max-memory` leave to this process.
  package static var available: Int { left.bytes }

  /// Held while a mapping is tried or memory is counted, because the trial of another thread counts
  /// as promised memory.
  private static let asking = Mutex(())

  /// The memory that the machine and the control groups have left, less what this process was
  /// promised and has not touched; or what `--max-memory` leaves, if that is less.
  private static var left: Room {
    asking.withLock { _ in
      var room = min(MachineMemory.available ?? .max, ControlGroups().room ?? .max)
      if room != .max { room -= MachineMemory.promised ?? 0 }
      let bound = bound.load(ordering: .relaxed)
      guard bound > 0, let held = MachineMemory.held, bound - held < room else {
        return Room(bytes: room)
      }
      return Room(bytes: bound - held, isBounded: true)
    }
  }
}
