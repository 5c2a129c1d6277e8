import Files
import Glibc
import JSON

/// One stretch of memory, laid out in advance, so that an update allocates nothing.
package final class Arena {
  /// The position of a block in an arena.
  package struct Place: Sendable {
    let offset: Int
    package let rows: Int
    package let columns: Int
  }

  /// Collects the blocks that an arena will hold. A layout beyond the address space reports it
  /// through its size.
  package struct Layout: Sendable {
    package private(set) var floats: Size = 0
    package var bytes: Size { floats.bytes(of: Float.self) }
    /// Unused numbers after every block, a multiple of 16, by which a watch detects writes outside
    /// blocks.
    package let margin: Int
    fileprivate private(set) var margins: [Size] = []

    /// The margin is the watch's unless one is given.
    package init(margin: Int = MarginWatch.margin) { self.margin = margin }

    /// Reserves a block; its rows begin on whole vectors.
    package mutating func block(rows: Int, columns: Int) -> Place {
      // A layout beyond the address space never becomes an arena, and its places are not used.
      let place = Place(offset: floats.exactly ?? 0, rows: rows, columns: columns)
      floats += Block.size(rows: rows, columns: columns)
      if margin > 0 { margins.append(floats) }
      floats += margin
      return place
    }
  }

  private let memory: UnsafeMutableRawPointer
  private let base: UnsafeMutablePointer<Float>
  package let floats: Int
  private let margins: [Range<Int>]

  /// Allocates memory for the layout, all zero, at an address that is a multiple of 64. Throws
  /// `memory` if there is not enough.
  package init(
    _ layout: Layout, for purpose: @autoclosure () -> String = "a stretch of memory",
    hint: String? = nil
  ) throws(Fault) {
    floats = max(16, try layout.floats.value(for: purpose(), hint: hint))
    memory = try Memory.zeros(
      (layout.floats + 32).bytes(of: Float.self), for: purpose(), hint: hint)
    margins = layout.margins.compactMap { start in
      start.exactly.map { $0..<$0 + layout.margin }
    }
    base = memory.alignedUp(toMultipleOf: 64).bindMemory(to: Float.self, capacity: floats)
    if !margins.isEmpty { guardMargins() }
  }

  deinit {
    if !margins.isEmpty { MarginWatch.current?.take(holds: marginsHold) }
    free(memory)
  }

  /// Fills the margins with a value that no computation yields, and tells a sanitizer to forbid
  /// them.
  private func guardMargins() {
    for margin in margins {
      for place in margin { base[place] = Self.watch }
      MarginWatch.forbid(base + margin.lowerBound, count: margin.count)
    }
  }

  private func openMargins() {
    for margin in margins { MarginWatch.allow(base + margin.lowerBound, count: margin.count) }
  }

  package func block(_ place: Place) -> Block {
    let stride = Block.stride(for: place.columns)
    precondition(place.offset + place.rows * stride <= floats, "a block of another arena")
    return Block(base + place.offset, rows: place.rows, columns: place.columns, stride: stride)
  }

  /// Fills everything with NaN, and the margins with a NaN that no computation yields.
  package func poison() {
    openMargins()
    all.update(repeating: .nan)
    guardMargins()
  }

  /// Whether nothing has written into the margins.
  package var marginsHold: Bool {
    openMargins()
    defer {
      for margin in margins { MarginWatch.forbid(base + margin.lowerBound, count: margin.count) }
    }
    return margins.allSatisfy { $0.allSatisfy { base[$0].bitPattern == Self.watch.bitPattern } }
  }

  private static let watch = Float(bitPattern: 0x7FC5_1E1F)

  /// Everything, padding included, as one row.
  package var all: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: base, count: floats)
  }
}
