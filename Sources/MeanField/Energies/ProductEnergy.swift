import Declarations
import JSON

/// A product of pairwise tables: p(w) is proportional to the product of exp(-beta t(w_i, w_j)) over
/// the tables.
///
/// The energies of all tables are added, including those of a pair that is given twice. +infinity
/// forbids a combination, and with it every state that contains it. A table of a single variable
/// has two values.
package struct ProductEnergy: EnergyModule, Equatable {
  package static let type = "product"
  package static let summary =
    "The sum of tables of one or two variables each; \"Infinity\" forbids a state."

  package var tables: [FactorTable] = []

  package init() {}
  package init(tables: [FactorTable]) { self.tables = tables }

  package static var examples: [ProductEnergy] {
    [ProductEnergy(tables: [FactorTable([0, 1], [0, 1, 1, .infinity])])]
  }

  package static let fields: [Field<ProductEnergy>] = [
    Field("tables", \.tables, "The tables, whose energies are added up.", required: true)
  ]

  package func energy(of variables: Int, _: NumberReader) throws(Fault) -> any Energy {
    var singles: [(Int, Double, Double)] = []
    var pairs: [(Int, Int, SIMD4<Double>)] = []
    for (place, table) in tables.enumerated() {
      let path = "tables[\(place)]"
      let (named, values) = (table.variables, table.values)
      guard (1...2).contains(named.count) else {
        throw .misfit(
          expected: "one or two variables", got: named.json, at: path + ".variables")
      }
      try checkVariables(named, of: variables, at: path + ".variables")
      guard values.count == 1 << named.count else {
        throw Fault(
          .params, "expected \(1 << named.count) energies, got \(values.count)",
          path: path + ".values", expected: "\(1 << named.count) numbers", got: "\(values.count)",
          hint: named.count == 1 ? "for 0 and 1" : "for 00, 01, 10 and 11")
      }
      for (index, value) in values.enumerated() {
        try checkEnergy(value, at: "\(path).values[\(index)]")
      }
      if named.count == 1 {
        singles.append((named[0], values[0], values[1]))
      } else {
        pairs.append((named[0], named[1], SIMD4(values)))
      }
    }
    return PairwiseEnergy(variables: variables, singles: singles, pairs: pairs)
  }
}
