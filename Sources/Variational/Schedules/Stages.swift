import Declarations
import Glibc
import JSON

/// The stages of the importance-weighted paper (Burda et al., arXiv 1509.00519, section 5): stage i
/// = 0, 1, … lasts 3^i epochs at 10^(-i / 7) of the rate; the last of `count` stages has no end.
package struct Stages: ScheduleModule {
  package var count = 8

  package init() {}

  package static let type = "stages"
  package static let summary = "Stage i lasts 3^i epochs at 10^(-i / 7) of the rate."
  package static let fields: [Field<Stages>] = [
    Field("count", \.count, "Number of stages.", .from(1, to: 20))
  ]

  package func factor(update: Int, updatesPerEpoch: Int) -> Double {
    var (stage, end, length) = (0, updatesPerEpoch, updatesPerEpoch)
    while update > end, stage < count - 1 {
      stage += 1
      length *= 3
      end += length
    }
    return pow(10, -Double(stage) / 7)
  }
}

extension Choice<ScheduleKind> {
  /// Stage i lasts 3^i epochs at 10^(-i / 7) of the rate.
  public static func stages(count: Int = 8) -> Self {
    var module = Stages()
    module.count = count
    return Choice(module) { $0 }
  }
}
