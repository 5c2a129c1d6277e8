import Glibc

/// One stretch of memory, laid out before anything runs, so that an update allocates nothing.
public final class Arena {
  /// Where a block will stand.
  public struct Place: Sendable {
    let offset: Int
    public let rows: Int
    public let columns: Int
  }

  /// Collects the blocks that are needed; the arena is made from it. One that grows beyond the address space says so by its size.
  public struct Layout: Sendable {
    public private(set) var floats: Size = 0
    public var bytes: Size { floats.bytes(of: Float.self) }
    /// Numbers behind every block that belong to none, a multiple of 16: a watch over who writes where.
    public let margin: Int
    fileprivate private(set) var margins: [Size] = []

    public init(margin: Int = 0) { self.margin = margin }

    /// Room for a block; its rows begin on whole vectors.
    public mutating func block(rows: Int, columns: Int) -> Place {
      // Of a layout beyond the address space no arena is made, and no place is used.
      let place = Place(offset: floats.exactly ?? 0, rows: rows, columns: columns)
      floats += Block.size(rows: rows, columns: columns)
      if margin > 0 { margins.append(floats) }
      floats += margin
      return place
    }
  }

  private let memory: UnsafeMutableRawPointer
  private let base: UnsafeMutablePointer<Float>
  public let floats: Int
  private let margins: [Range<Int>]

  /// Memory for the layout, all zero, at an address that is a multiple of 64.
  public init(_ layout: Layout) {
    // Zeros of the system's: pages that are never written take no memory.
    guard let floats = layout.floats.exactly.map({ max($0, 16) }), floats < Int.max - 16,
      let memory = calloc(floats + 16, MemoryLayout<Float>.stride)
    else { fatalError("no memory for \(layout.floats) numbers") }
    self.floats = floats
    self.memory = memory
    margins = layout.margins.compactMap { start in
      start.exactly.map { $0..<$0 + layout.margin }
    }
    base = memory.alignedUp(toMultipleOf: 64).bindMemory(to: Float.self, capacity: floats)
  }

  deinit { free(memory) }

  public func block(_ place: Place) -> Block {
    Block(
      base + place.offset, rows: place.rows, columns: place.columns,
      stride: Block.stride(for: place.columns))
  }

  /// Fills everything with NaN, the margins with one that nobody computes.
  public func poison() {
    all.update(repeating: .nan)
    for margin in margins { for place in margin { base[place] = Self.watch } }
  }

  /// Whether the margins are as `poison` left them.
  public var marginsHold: Bool {
    margins.allSatisfy { $0.allSatisfy { base[$0].bitPattern == Self.watch.bitPattern } }
  }

  private static let watch = Float(bitPattern: 0x7FC5_1E1F)

  /// Everything, padding included, as one row.
  public var all: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: base, count: floats)
  }
}
