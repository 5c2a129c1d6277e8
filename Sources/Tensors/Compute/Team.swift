import CKernels
import Files
import Glibc
import Synchronization

/// Threads that share the lanes of an update, and meet when all lanes are done.
///
/// A waiting member spins for a few microseconds and then parks: parking alone costs more than a
/// small update's work, and spinning alone slows down tenfold as soon as another process wants the
/// core. A member without a lane stays parked. Lane l always runs on member l mod threads, but
/// nothing may depend on it, because a team may have fewer threads than were requested. In a lane,
/// numbers too small for float32's full precision become zeros.
package final class Team: @unchecked Sendable {
  // Unchecked: `body` and `lanes` are written by the leader before `generation` rises, and read by
  // members that saw it rise and have lanes; the leader does not return before every one of these
  // has left `body`.
  /// The number of threads, including the leader's; fewer than requested if the system provides no
  /// more.
  package private(set) var threads = 1
  /// The processes that share the work of this one; nil if it is alone. Only the leader reads it.
  package var ranks: Ranks?
  /// Notes the runs from now on, if it is not nil. Only the leader reads it.
  package var timeline: Timeline?
  /// The number of the latest run; its lowest bits count the members that have lanes in it.
  private let generation = Atomic<Int>(0)
  private static let memberBits = 16
  private let pending = Atomic<Int>(0)
  private let isClosing = Atomic<Bool>(false)
  /// The parking places of the members except the leader.
  private let starts: [Parking]
  private let finish = Parking()
  private var body: ((Int) -> Void)?
  private var lanes = 0
  private var members: [pthread_t] = []

  package init(threads: Int) {
    starts = (1..<max(1, threads)).map { _ in Parking() }
    for member in 1..<max(1, threads) {
      guard let thread = start(member) else { break }
      members.append(thread)
    }
    // Written before the first run, for which the members wait.
    self.threads = 1 + members.count
  }

  /// The size of a member's stack.
  private static let stack = 1 << 20

  /// Starts a thread; returns nil if the system has none left, or if stacks would take more than a
  /// third of the available memory.
  private func start(_ member: Int) -> pthread_t? {
    let room = Self.stack * (1 + 2 * members.count)
    guard (try? Memory.require(room, for: "a thread")) != nil else { return nil }
    let box = Unmanaged.passRetained(Member(team: self, index: member))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stack)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, &attributes,
      { raw in
        if let raw { Unmanaged<Member>.fromOpaque(raw).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      return nil
    }
    Memory.noteStack(Self.stack)
    return thread
  }

  /// Runs `work` for lanes 0 ..< `lanes`, and returns when all are done. `phase` names the run in a
  /// timeline.
  package func run(lanes: Int, phase: StaticString = "", _ work: (Int) -> Void) {
    // This costs an allocation, which a run on this thread alone avoids.
    if threads > 1 && lanes > 1 || timeline != nil {
      return withoutActuallyEscaping(work) { run($0, lanes: lanes, phase: phase) }
    }
    runAlone(work, lanes)
  }

  /// Does the same for a closure that the caller keeps between runs, which allocates nothing.
  package func run(_ work: @escaping (Int) -> Void, lanes: Int, phase: StaticString = "") {
    guard let timeline else { return start(work, lanes) }
    timeline.note(phase, lanes, work) { start($0, lanes) }
  }

  private func start(_ work: @escaping (Int) -> Void, _ lanes: Int) {
    guard threads > 1 && lanes > 1 else { return runAlone(work, lanes) }
    let mode = elbo_flush_denormals()
    defer { elbo_restore(mode) }
    body = work
    self.lanes = lanes
    let members = min(threads, lanes)
    pending.store(members - 1, ordering: .relaxed)
    call(members)
    for lane in stride(from: 0, to: lanes, by: threads) { work(lane) }
    finish.wait { pending.load(ordering: .sequentiallyConsistent) == 0 }
    body = nil
  }

  private func runAlone(_ work: (Int) -> Void, _ lanes: Int) {
    let mode = elbo_flush_denormals()
    defer { elbo_restore(mode) }
    for lane in 0..<lanes { work(lane) }
  }

  /// Starts a run for `members` members.
  private func call(_ members: Int) {
    let latest = generation.load(ordering: .relaxed) >> Self.memberBits
    generation.store(
      (latest + 1) << Self.memberBits | members, ordering: .sequentiallyConsistent)
    for place in 0..<members - 1 { starts[place].wake() }
  }

  /// Ends the threads. The team cannot be used afterwards.
  package func close() {
    isClosing.store(true, ordering: .sequentiallyConsistent)
    call(threads)
    for member in members { pthread_join(member, nil) }
    Memory.noteStack(-Self.stack * members.count)
    members = []
  }

  fileprivate func serve(_ member: Int) {
    _ = elbo_flush_denormals()
    var seen = 0
    while true {
      starts[member - 1].wait {
        let latest = generation.load(ordering: .sequentiallyConsistent)
        return latest != seen && latest & (1 << Self.memberBits - 1) > member
      }
      seen = generation.load(ordering: .sequentiallyConsistent)
      if isClosing.load(ordering: .sequentiallyConsistent) { return }
      if let body {
        for lane in stride(from: member, to: lanes, by: threads) { body(lane) }
      }
      if pending.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { finish.wake() }
    }
  }
}

private final class Member: Sendable {
  // Unowned: `close` joins the thread before the team can go.
  unowned let team: Team
  let index: Int

  init(team: Team, index: Int) {
    self.team = team
    self.index = index
  }

  func run() { team.serve(index) }
}

/// Waits for a condition that another thread makes true: spins, then parks.
private final class Parking: @unchecked Sendable {
  // Unchecked: the mutex and the condition variable are made for sharing; `sleepers` is atomic.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let sleepers = Atomic<Int>(0)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func wait(_ isTrue: () -> Bool) {
    for _ in 0..<2000 {
      if isTrue() { return }
      elbo_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while !isTrue() { pthread_cond_wait(condition, mutex) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }

  /// Must be called after the condition has become true.
  func wake() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }
}
