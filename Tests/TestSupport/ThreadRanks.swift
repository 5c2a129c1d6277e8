import Glibc
import JSON
import Tensors

/// Threads of the test in the place of processes, whose messages may take a time.
package final class ThreadRanks: Sendable {
  /// The time of a message, as on a network.
  package struct Network: Sendable {
    /// The seconds of every meeting.
    package var latency = 0.0
    /// The bytes that a process receives in a second.
    package var bandwidth = Double.infinity

    package init(latency: Double = 0, bandwidth: Double = .infinity) {
      (self.latency, self.bandwidth) = (latency, bandwidth)
    }
  }

  private struct State: Sendable {
    /// What each process has brought to the present meeting.
    var brought: [[UInt8]?]
    /// The number of processes that have taken everything.
    var taken = 0
    var lost: Int?
  }

  private let network: Network
  private let state: Monitor<State>
  private let count: Int

  private init(_ count: Int, _ network: Network) {
    (self.count, self.network) = (count, network)
    state = Monitor(State(brought: .init(repeating: nil, count: count)))
  }

  /// Runs `body` on `count` threads, each a process of its own; returns their results in order.
  package static func run<T: Sendable>(
    _ count: Int, over network: Network = Network(),
    _ body: @escaping @Sendable (Ranks) throws -> T
  ) throws -> [T] {
    let shared = ThreadRanks(count, network)
    let results = Monitor([Int: Result<T, any Error>]())
    for rank in 0..<count {
      let hasStarted = Thread.start(stack: 4 << 20) {
        let result = Result {
          try body(Ranks(ThreadRank(shared: shared, rank: rank, count: count)))
        }
        // The others wait in vain for one that has failed.
        if case .failure = result { shared.state.change { $0.lost = $0.lost ?? rank } }
        results.change { $0[rank] = result }
      }
      guard hasStarted else { throw Fault(.memory, "no thread for rank \(rank)") }
    }
    results.wait { $0.count == count }
    let all = results.withLock { $0 }
    let lost = shared.state.withLock(\.lost)
    if let lost { _ = try all[lost]?.get() }
    return try (0..<count).compactMap { try all[$0]?.get() }
  }

  /// Brings bytes to a meeting; returns those of all processes.
  fileprivate func meet(_ rank: Int, _ bytes: [UInt8]) throws(Fault) -> [[UInt8]] {
    state.wait(
      until: { $0.brought[rank] == nil || $0.lost != nil }, then: { $0.brought[rank] = bytes })
    state.wait { !$0.brought.contains { $0 == nil } || $0.lost != nil }
    // Nobody else takes away what was brought before this thread has taken it too.
    let all = state.change { state -> [[UInt8]]? in
      let all = state.brought.compactMap(\.self)
      guard all.count == count else { return nil }
      state.taken += 1
      if state.taken == count {
        state.taken = 0
        state.brought = .init(repeating: nil, count: count)
      }
      return all
    }
    guard let all else { throw Fault(.rank, "a process has ended") }
    let foreign = all.reduce(0) { $0 + $1.count } - bytes.count
    let seconds = network.latency + Double(foreign) / network.bandwidth
    if seconds > 0 { usleep(useconds_t(seconds * 1e6)) }
    return all
  }
}

private final class ThreadRank: Transport {
  let name = "threads"
  let shared: ThreadRanks
  let rank: Int
  let count: Int

  init(shared: ThreadRanks, rank: Int, count: Int) {
    (self.shared, self.rank, self.count) = (shared, rank, count)
  }

  func gather(
    _ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer, counts: [Int]
  ) throws(Fault) {
    let brought = try shared.meet(rank, Array(own))
    guard brought.map(\.count) == counts else {
      throw Fault(.internal, "rank \(rank) expected \(counts) bytes, got \(brought.map(\.count))")
    }
    all.copyBytes(from: brought.joined())
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws(Fault) {
    let brought = try shared.meet(rank, rank == 0 ? Array(bytes) : [])
    bytes.copyBytes(from: brought[0])
  }
}
