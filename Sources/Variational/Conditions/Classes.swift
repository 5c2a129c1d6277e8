import Declarations
import JSON

/// Labels in ascending order: a list of them, or a number n for 0 … n - 1.
public struct Classes: JSONForm, Equatable {
  public let labels: [Int]
  static let most = 4096

  /// Classes of these labels.
  public init(_ labels: [Int]) { self.labels = labels }

  public static let schema = Schema(
    "a number of classes, or a list of different labels",
    [
      "anyOf": [
        ["type": "integer", "minimum": 1, "maximum": .int(most)],
        [
          "type": "array", "items": ["type": "integer"], "minItems": 1, "maxItems": .int(most),
          "uniqueItems": true,
        ],
      ]
    ])

  public init(json: JSON) throws(Fault) {
    let given: [Int]
    if json.elements == nil {
      let count = try Int(json: json)
      given = (1...Self.most).contains(count) ? Array(0..<count) : []
    } else {
      given = try [Int](json: json)
    }
    guard (1...Self.most).contains(given.count), Set(given).count == given.count else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    labels = given.sorted()
  }

  public var json: JSON { .array(labels.map { .int($0) }) }
}
