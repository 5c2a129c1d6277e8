import Declarations
import Files
import JSON

/// The extents of an array, outermost first: `[14, 14]`, or `[C, H, W]` with channels.
public struct Shape: Sendable, Equatable, CustomStringConvertible {
  /// The extents, the slowest first.
  public let extents: [Int]

  /// A shape of these extents.
  public init(_ extents: [Int]) { self.extents = extents }

  /// The number of elements; 1 for no extents.
  public var count: Int { extents.reduce(1, *) }

  public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }

  /// Returns the shape of `rows` rows of this shape.
  public func rows(_ rows: Int) -> Shape { Shape([rows] + extents) }

  /// The maximum number of elements of an array: more than any machine holds, and far below where
  /// sums and products of a few counts overflow.
  public static let most = 1 << 40

  /// Returns the number of elements; nil for a negative extent, and for more than `most` elements.
  /// Extents of zero count as ones for this limit, so that no product of some extents exceeds it
  /// either.
  ///
  /// Must be called for every shape that comes from outside; after that `count` is safe.
  public func checkedCount() -> Int? {
    guard extents.allSatisfy({ $0 >= 0 }) else { return nil }
    let size = extents.reduce(Size(1)) { $0 * max(1, $1) }
    return size <= Size(Self.most) ? count : nil
  }
}

extension Shape: ExpressibleByArrayLiteral, JSONForm {
  public init(arrayLiteral extents: Int...) { self.init(extents) }

  public static let schema = Schema(
    "a shape: a list of integers from 1",
    [
      "type": "array", "items": ["type": "integer", "minimum": 1, "maximum": .int(most)],
      "minItems": 1,
    ])

  public init(json: JSON) throws(Fault) {
    let extents = try [Int](json: json)
    guard !extents.isEmpty, extents.allSatisfy({ $0 >= 1 }) else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    guard Shape(extents).checkedCount() != nil else {
      throw .misfit(
        expected: "a shape of at most 2^40 elements", got: json,
        hint: "make an extent smaller")
    }
    self.init(extents)
  }

  public var json: JSON { extents.json }
}

extension Size {
  /// Lists the elements of an array of this shape.
  public init(_ shape: Shape) {
    self = shape.extents.reduce(1) { $0 * Size($1) }
  }
}
