import JSON

/// The extents of an array, outermost first: `[14, 14]`, or `[C, H, W]` with channels.
public struct Shape: Sendable, Equatable, CustomStringConvertible {
  public let extents: [Int]

  public init(_ extents: [Int]) { self.extents = extents }

  /// The number of elements; 1 for no extents.
  public var count: Int { extents.reduce(1, *) }

  public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }

  /// The shape of `rows` of these.
  public func rows(_ rows: Int) -> Shape { Shape([rows] + extents) }

  /// The number of elements, or nil where it, in bytes of `width`, would pass the address space.
  public func checkedCount(width: Int = 8) -> Int? {
    var count = 1
    for extent in extents {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
      if extent < 0 || isTooLarge { return nil }
      count = product
    }
    return count.multipliedReportingOverflow(by: width).overflow ? nil : count
  }
}

extension Shape: ExpressibleByArrayLiteral, JSONForm {
  public init(arrayLiteral extents: Int...) { self.init(extents) }

  public static let schema = Schema(
    "a shape: a list of integers from 1",
    [
      "type": "array", "items": ["type": "integer", "minimum": 1], "minItems": 1,
    ])

  public init(json: JSON) throws(Fault) {
    let extents = try [Int](json: json)
    guard !extents.isEmpty, extents.allSatisfy({ $0 >= 1 }) else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    guard Shape(extents).checkedCount() != nil else {
      var fault = Fault.misfit(expected: "a shape of fewer than 2^60 elements", got: json)
      fault.hint = "no memory holds so many: make an extent smaller"
      throw fault
    }
    self.init(extents)
  }

  public var json: JSON { extents.json }
}
