/// One stretch of memory, laid out before anything runs, so that an update allocates nothing.
public final class Arena {
  /// Where a block will stand.
  public struct Place: Sendable {
    let offset: Int
    public let rows: Int
    public let columns: Int
  }

  /// Collects the blocks that are needed; the arena is made from it.
  public struct Layout: Sendable {
    public private(set) var floats = 0

    public init() {}

    /// Room for a block; its rows begin on whole vectors.
    public mutating func block(rows: Int, columns: Int) -> Place {
      let place = Place(offset: floats, rows: rows, columns: columns)
      floats += rows * Block.stride(for: columns)
      return place
    }
  }

  private let base: UnsafeMutablePointer<Float>
  public let floats: Int

  /// Memory for the layout, all zero, at an address that is a multiple of 64.
  public init(_ layout: Layout) {
    floats = max(layout.floats, 16)
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: floats * MemoryLayout<Float>.stride, alignment: 64)
    base = raw.bindMemory(to: Float.self, capacity: floats)
    base.initialize(repeating: 0, count: floats)
  }

  deinit { base.deallocate() }

  public func block(_ place: Place) -> Block {
    Block(
      base + place.offset, rows: place.rows, columns: place.columns,
      stride: Block.stride(for: place.columns))
  }

  /// Everything, padding included, as one row.
  public var all: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: base, count: floats)
  }
}
