import Declarations
import Glibc
import JSON

/// Half a cosine from 1 down to `final` over `updates`, then `final` (Loshchilov and Hutter, arXiv
/// 1608.03983).
package struct CosineRate: ScheduleModule {
  package var updates = 1
  package var final = 0.0

  package init() {}

  package static let type = "cosine"
  package static let summary = "Half a cosine from 1 down to final, then constant."
  package static let fields: [Field<CosineRate>] = [
    Field(
      "updates", \.updates, "Updates until the factor reaches final.", required: true,
      .count(from: 1)),
    Field("final", \.final, "The factor at the end.", .from(0, to: 1)),
  ]

  package var fallEnd: Int? { updates }

  package func factor(update: Int, updatesPerEpoch: Int) -> Double {
    let share = min(1, Double(update - 1) / Double(updates))
    return final + (1 - final) * 0.5 * (1 + cos(Double.pi * share))
  }
}

extension Choice<ScheduleKind> {
  /// Half a cosine from 1 down to final, which then stays.
  public static func cosine(updates: Int, final: Double = 0.0) -> Self {
    var module = CosineRate()
    module.updates = updates
    module.final = final
    return Choice(module) { $0 }
  }
}
