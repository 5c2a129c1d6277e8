import Declarations
import Glibc
import JSON

/// y = log(p / (1 - p)) with p = margin + (1 - 2 margin) x, for shares x from 0 to 1 (Dinh,
/// Sohl-Dickstein and Bengio, arXiv 1605.08803, section 4.1).
package struct Logit: PreprocessingModule {
  package var columns: [Column]?
  package var margin = 1e-3

  package init() {}

  package static let type = "logit"
  package static let summary =
    "log(p / (1 - p)) with p = margin + (1 - 2 margin) x, for shares from 0 to 1."
  package static let fields: [Field<Logit>] = [
    .columns(\.columns),
    Field(
      "margin", \.margin, "Distance that is kept from 0 and 1, whose logits are infinite.",
      .from(1e-9, to: 0.25)),
  ]

  package var isFitted: Bool { true }
  package mutating func fit(_ summaries: [ColumnSummary]) {}
  package func map(_ place: Int) -> (any ColumnMap)? { Map(margin: margin) }

  private struct Map: ColumnMap {
    let margin: Double

    private func share(_ x: Double) -> Double { margin + (1 - 2 * margin) * x }
    func value(_ x: Double) -> Double { log(share(x)) - log1p(-share(x)) }
    /// Draws of y beyond those of 0 and 1 become 0 and 1.
    func original(_ y: Double) -> Double {
      min(max((1 / (1 + exp(-y)) - margin) / (1 - 2 * margin), 0), 1)
    }
    func logSlope(_ x: Double) -> Double {
      log(1 - 2 * margin) - log(share(x)) - log1p(-share(x))
    }
    func contains(_ x: Double) -> Bool { x >= 0 && x <= 1 }
    var domain: String { "a share from 0 to 1" }
  }
}

extension Choice<PreprocessingKind> {
  /// The logits of shares from 0 to 1; all columns if none are named.
  public static func logit(_ columns: [Column]? = nil, margin: Double = 1e-3) -> Self {
    var module = Logit()
    (module.columns, module.margin) = (columns, margin)
    return Choice(module) { $0 }
  }
}
