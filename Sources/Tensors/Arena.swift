import Glibc

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
    public var bytes: Int { floats * MemoryLayout<Float>.stride }
    /// Numbers behind every block that belong to none, a multiple of 16: a watch over who writes where.
    public let margin: Int
    fileprivate private(set) var margins: [Int] = []

    public init(margin: Int = 0) { self.margin = margin }

    /// Room for a block; its rows begin on whole vectors.
    public mutating func block(rows: Int, columns: Int) -> Place {
      let place = Place(offset: floats, rows: rows, columns: columns)
      floats += rows * Block.stride(for: columns)
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
    floats = max(layout.floats, 16)
    margins = layout.margins.map { $0..<$0 + layout.margin }
    // Zeros of the system's: pages that are never written take no memory.
    guard let memory = calloc(floats + 16, MemoryLayout<Float>.stride) else {
      fatalError("no memory for \(floats) numbers")
    }
    self.memory = memory
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
