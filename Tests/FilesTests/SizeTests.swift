import Files
import JSON
import Tensors
import Testing

/// Sums and products of counts, up to the end of the address space and beyond it.
@Suite struct SizeTests {
  @Test func smallCountsAreThoseOfIntegers() throws {
    #expect(try ((Size(3) * 5 + 2).roundedUp(to: 16)).value(for: "rows") == 32)
    #expect(Size(32).roundedUp(to: 16) == 32 && Size(0).roundedUp(to: 16) == 0)
    #expect(Size(33).parts(of: 16) == 3 && Size(32).parts(of: 16) == 2)
    #expect(Size([3, 4, 5]) == 60 && Size([]) == 1)
    #expect(Size(5).bytes(of: Double.self) == 40)
    #expect(Size(4) < Size(5) && !(Size(5) < Size(5)))
  }

  /// A size that is too large stays so, and exceeds every available amount.
  @Test(arguments: [
    Size(Int.max) + 1, Size(1 << 32) * (1 << 31), Size(Int.max).roundedUp(to: 16), Size(-1),
    Size(Int.max).bytes(of: UInt16.self), Size([1 << 59, 65_536]),
    Size([1024, 1024, 1024, 1024, 1024, 1024, 1024]), (Size(Int.max) + 1) * 0,
  ])
  func whatPassesTheAddressSpaceIsBeyond(_ size: Size) {
    #expect(size == .beyond && size.exactly == nil)
    #expect(size + 1 == .beyond && size * 2 == .beyond && size.parts(of: 64) == .beyond)
    #expect(size > Size(Int.max) && !(size < .beyond))
    let fault = #expect(throws: Fault.self) {
      try size.value(for: "the rows", .shape, hint: "take fewer")
    }
    #expect(fault?.kind == .shape && fault?.hint == "take fewer")
    #expect(
      fault?.message.hasPrefix("not enough memory for the rows: more than 2^63 bytes") == true)
    #expect(throws: Fault.self) { try Memory.require(size, for: "the rows") }
  }

  @Test func largestCountStandsAtTheEnd() throws {
    #expect(try (Size(Int.max - 1) + 1).value(for: "rows") == .max)
    #expect(Size(Int.max).parts(of: Int.max) == 1)
  }

  /// Every block of a layout adds to its size, and none can reduce it.
  @Test func layoutsCannotOverflow() {
    var layout = Arena.Layout(margin: 0)
    _ = layout.block(rows: 2, columns: 17)
    #expect(layout.floats == 64)
    _ = layout.block(rows: 1 << 40, columns: 1 << 30)
    _ = layout.block(rows: 1, columns: 1)
    #expect(layout.floats == .beyond && layout.bytes == .beyond)
    #expect(Block.size(rows: 1, columns: Int.max) == .beyond)
    #expect(Block.size(rows: 2, columns: Int.max - 32) == .beyond)
    #expect(Block.size(rows: 3, columns: 129) == Size(3 * Block.stride(for: 129)))
  }
}
