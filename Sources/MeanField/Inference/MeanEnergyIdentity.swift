import Declarations
import Glibc
import JSON

/// Identity (4): E_p[energy] = -d log Z / d beta.
package struct MeanEnergyIdentity: Answer, Equatable {
  package let enumerated: Double
  package let derivative: Double
  package let residual: Double

  init(enumerated: Double, derivative: Double) {
    self.enumerated = enumerated
    self.derivative = derivative
    residual = (enumerated - derivative).magnitude
  }

  package static let members: [Member<MeanEnergyIdentity>] = [
    Member("enumerated", \.enumerated, "sum p energy over the states."),
    Member("derivative", \.derivative, "-d log Z / d beta by extrapolated central differences."),
    Member("residual", \.residual, "|enumerated - derivative|."),
  ]
}
