import Files
import Glibc
import Testing

// The Glibc module leaves them out. 128 words hold a bit for each processor.
@_silgen_name("sched_getaffinity")
private func getAffinity(_ thread: Int32, _ size: Int, _ set: UnsafeMutablePointer<UInt64>) -> Int32
@_silgen_name("sched_setaffinity")
private func setAffinity(_ thread: Int32, _ size: Int, _ set: UnsafePointer<UInt64>) -> Int32

@Suite struct ProcessorsTests {
  /// As where a job has been given one of a machine's processors.
  @Test func onlyThoseThatMayBeUsedCount() throws {
    var all = [UInt64](repeating: 0, count: 128)
    try #require(getAffinity(0, 1024, &all) >= 0)
    #expect(Processors.count == all.reduce(0) { $0 + $1.nonzeroBitCount })
    let place = try #require(all.firstIndex { $0 != 0 })
    var one = [UInt64](repeating: 0, count: 128)
    one[place] = all[place] & (~all[place] &+ 1)
    try #require(setAffinity(0, 1024, one) == 0)
    let count = Processors.count
    try #require(setAffinity(0, 1024, all) == 0)
    #expect(count == 1 && Processors.online >= 1)
  }
}
