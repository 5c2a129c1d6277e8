import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import Files

/// Sizes that are refused before they are allocated, in an optimised build too.
@Suite struct MemoryTests {
  @Test func whatCanBeHadIsGiven() throws {
    try Memory.require(0, for: "nothing")
    try Memory.require(64 << 20, for: "an array")
    try Memory.requireReserve()
    let buffer = try Buffer<Double>(1000, for: "an array")
    #expect((0..<1000).allSatisfy { buffer.base[$0] == 0 } && buffer.count == 1000)
  }

  /// More than any address space or machine has: the compiler may not remove the check.
  @Test(arguments: [1 << 46, 1 << 52, Int.max - 5, Int.max])
  func whatCannotBeHadIsRefused(bytes: Int) throws {
    let fault = #expect(throws: Fault.self) { try Memory.require(bytes, for: "an array") }
    #expect(fault?.kind == .memory && fault?.got == "\(bytes) bytes")
    let room = try #require(
      fault?.expected.flatMap { Int($0.filter(\.isNumber)) }, "\(fault?.expected ?? "")")
    #expect(room > 1 << 20 && room < 1 << 45)
    #expect(
      fault?.message == "not enough memory for an array: \(bytes) bytes needed, \(room) available")
    #expect(fault?.hint != nil)
  }

  @Test func arenasAndBuffersAreRefusedLikewise() {
    var layout = Arena.Layout()
    _ = layout.block(rows: 1 << 30, columns: 1 << 20)
    #expect(
      fault { _ = try Arena(layout, for: "all") }?.message.hasPrefix("not enough memory for all: ")
        == true)
    _ = layout.block(rows: 1 << 40, columns: 1 << 30)
    #expect(fault { _ = try Arena(layout) }?.kind == .memory)
    #expect(fault { _ = try Buffer<Float>(Size(1 << 50), for: "all") }?.kind == .memory)
    #expect(fault { _ = try Buffer<Float>(.beyond, for: "all") }?.kind == .memory)
  }

  /// Memory that was promised and not touched is unavailable to others, although no count of used
  /// memory includes it. In a separate process, since other tests allocate concurrently.
  @Test func whatIsPromisedCounts() async {
    await #expect(processExitsWith: .success) {
      let before = try #require(MachineMemory.promised)
      let buffer = try Buffer<UInt8>(Size(256 << 20), for: "an array")
      let after = try #require(MachineMemory.promised)
      #expect(after - before > 200 << 20)
      for place in stride(from: 0, to: buffer.count, by: 4096) { buffer.base[place] = 1 }
      let touched = try #require(MachineMemory.promised)
      #expect(after - touched > 200 << 20)
      #expect(buffer.base[4096] == 1)
    }
  }

  /// Small allocations are checked together: none of them by itself, but many of them before the
  /// reserve is used up. In a separate process, since its address space is limited.
  @Test func smallThingsAddUp() async {
    await #expect(processExitsWith: .success) {
      let text = try #require(SmallFile.text("/proc/self/statm"))
      let pages = try #require(text.split(separator: " ").first.flatMap { UInt($0) })
      let most = pages * UInt(sysconf(Int32(_SC_PAGESIZE))) + UInt(Memory.reserve) + (32 << 20)
      var limit = rlimit(rlim_cur: most, rlim_max: most)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
      var held: [Buffer<UInt8>] = []
      // Larger ones are mapped separately, and take no more than their size.
      let size = 256 << 10
      let fault = #expect(throws: Fault.self) {
        while held.count < 1000 { held.append(try Buffer(Size(size), for: "a small thing")) }
      }
      #expect(fault?.kind == .memory && held.count > 32)
      // The reserve is intact, except for the last few, which were not checked yet.
      try Memory.requireReserve()
      #expect(held.count < 256)
    }
  }
}
