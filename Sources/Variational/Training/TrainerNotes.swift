import Declarations
import JSON

extension TrainerSpec {
  /// A warm-up that takes a greater share of a run leaves little of it to the objective.
  private static let longestWarmUp = 0.8
  /// A mean over fewer rows says little.
  private static let fewestValidated = 20

  /// Returns what looks wrong for a training on so many rows, with so many to validate, a sentence
  /// each with its way out.
  package func notes(rows: Int, validated: Int?) -> [String] {
    var notes: [String] = []
    if batch > rows {
      notes.append(
        "\"batch\" is \(batch), and there are \(rows) rows: each update sees them all, so give a smaller \"batch\", such as \(max(1, min(rows, 32, (rows + 3) / 4)))"
      )
    }
    if let end = schedule.product.fallEnd, let note = noteOnWarmUp(of: end, "the rate's schedule") {
      notes.append(note)
    }
    if let validated, validated < Self.fewestValidated, rows >= 5 * Self.fewestValidated {
      notes.append(
        "\(validated) \(validated == 1 ? "row is" : "rows are") validated, whose mean says little about others: load the data with a larger \"validation\" in \"split\", such as 0.2"
      )
    }
    return notes
  }

  /// Returns a note about the warm-up in a run of so many updates in all; nil if it is short
  /// enough, or ends after the run, which is refused elsewhere.
  package func noteOnWarmUp(of updates: Int, _ whose: String = "this run") -> String? {
    let end = objective.product.warmUpEnd
    guard end > 0, Double(end) >= Self.longestWarmUp * Double(updates) else { return nil }
    return
      "the warm-up of the objective ends at update \(end), and \(whose) at update \(updates): give \"objective\" a shorter warm-up, or train longer"
  }
}
