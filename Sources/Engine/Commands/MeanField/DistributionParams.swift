import Declarations
import JSON

/// The name of a distribution, as the only parameter.
struct DistributionParams: Described {
  var distribution = ""
  static let fields: [Field<DistributionParams>] = [
    Field("distribution", \.distribution, "The distribution.", required: true, faults: .lookup)
  ]
}
