import Declarations
import JSON

/// The energies of one or two variables, the first one slowest: at 00, 01, 10, 11.
package struct FactorTable: Described, Equatable {
  package var variables: [Int] = []
  package var values: [Double] = []

  package init() {}
  package init(_ variables: [Int], _ values: [Double]) {
    self.variables = variables
    self.values = values
  }

  package static let fields: [Field<FactorTable>] = [
    Field("variables", \.variables, "One or two variables, counted from 0.", required: true),
    Field("values", \.values, "Energies; the first variable changes slowest.", required: true),
  ]
}
