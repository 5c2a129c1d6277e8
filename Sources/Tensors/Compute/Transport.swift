import JSON

/// The messages between the processes that hold one session.
///
/// It moves bytes and never adds numbers: the order of such a sum would depend on the number of
/// processes. All processes make the same calls in the same order.
package protocol Transport: AnyObject, Sendable {
  /// What carries the messages, and its version.
  var name: String { get }
  /// The number of this process, from 0.
  var rank: Int { get }
  /// The number of processes.
  var count: Int { get }

  /// Gives every process the bytes of all: into `all` go `counts[r]` bytes of each process r, one
  /// after the other. `own` are those of this process. Throws `rank` if a process is lost.
  func gather(
    _ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer, counts: [Int]
  ) throws(Fault)

  /// Gives every process the bytes of process 0. Waits as long as it takes, asleep after a while.
  /// Throws `rank` if a process is lost.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws(Fault)
}
