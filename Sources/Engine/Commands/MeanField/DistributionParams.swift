import Declarations
import JSON

/// The only parameter: the name of a distribution.
struct DistributionParams: Described {
  var distribution = ""
  static let fields: [Field<DistributionParams>] = [
    Field("distribution", \.distribution, "The distribution.", required: true, faults: .lookup)
  ]
}
