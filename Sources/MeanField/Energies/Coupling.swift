import Declarations
import JSON

/// The coupling of two spins, written [i, j, c].
package struct Coupling: JSONForm, Equatable {
  package var i: Int
  package var j: Int
  package var c: Double

  package init(_ i: Int, _ j: Int, _ c: Double) {
    self.i = i
    self.j = j
    self.c = c
  }

  package static let schema = Schema(
    "a coupling [i, j, c]",
    [
      "type": "array", "items": [Int.schema.json, Int.schema.json, Double.schema.json],
      "minItems": 3, "maxItems": 3,
    ])

  package init(json: JSON) throws(Fault) {
    guard let parts = json.elements, parts.count == 3 else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    i = try within("[0]") { () throws(Fault) in try Int(json: parts[0]) }
    j = try within("[1]") { () throws(Fault) in try Int(json: parts[1]) }
    c = try within("[2]") { () throws(Fault) in try Double(json: parts[2]) }
  }

  package var json: JSON { [.int(i), .int(j), .real(c)] }
}
