import Declarations
import Glibc
import JSON

/// (4): E_p[energy] = -d log Z / d beta.
public struct MeanEnergyIdentity: Described, Equatable {
  public var enumerated = 0.0
  public var derivative = 0.0
  public var residual = 0.0

  public init() {}

  init(enumerated: Double, derivative: Double) {
    self.enumerated = enumerated
    self.derivative = derivative
    residual = (enumerated - derivative).magnitude
  }

  public static let fields: [Field<MeanEnergyIdentity>] = [
    Field("enumerated", \.enumerated, "sum p energy over the states."),
    Field("derivative", \.derivative, "-d log Z / d beta by extrapolated central differences."),
    Field("residual", \.residual, "|enumerated - derivative|."),
  ]
}
