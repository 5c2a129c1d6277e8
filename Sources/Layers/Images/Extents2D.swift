import Declarations
import JSON

/// One number for both axes, or one for each axis: n or [h, w].
public struct Extents2D: JSONForm, Equatable {
  /// Rows of pixels.
  public let height: Int
  /// Columns of pixels.
  public let width: Int

  /// Height and width, in this order.
  public init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }

  private static let most = 65_536
  private static let side: JSON = ["type": "integer", "minimum": 1, "maximum": .int(most)]

  public static let schema = Schema(
    "an integer from 1 to \(most), or two of them: [height, width]",
    [
      "anyOf": [
        side,
        ["type": "array", "items": side, "minItems": 2, "maxItems": 2],
      ]
    ])

  public init(json: JSON) throws(Fault) {
    let extents: [Int]
    if json.elements == nil {
      let both = try Int(json: json)
      extents = [both, both]
    } else {
      extents = try [Int](json: json)
    }
    guard extents.count == 2, extents.allSatisfy({ (1...Self.most).contains($0) }) else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    self.init(extents[0], extents[1])
  }

  public var json: JSON { height == width ? .int(height) : [.int(height), .int(width)] }
}
