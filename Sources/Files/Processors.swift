import CGlibc
import Glibc

/// The processors of the machine.
package enum Processors {
  /// The number of processors that this process may run on: fewer than there are where a job or a
  /// container has some of them.
  package static var count: Int {
    // A bit for each of as many processors as Linux knows.
    var set = [UInt64](repeating: 0, count: 128)
    let size = sched_getaffinity(0, set.count * 8, &set)
    return size < 0 ? online : max(1, set.reduce(0) { $0 + $1.nonzeroBitCount })
  }

  /// The number of processors of the machine.
  package static var online: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
