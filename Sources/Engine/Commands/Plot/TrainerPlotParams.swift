import Declarations
import Files
import JSON
import Tensors
import Variational

/// The parameters of a trainer's chart.
struct TrainerPlotParams: Described {
  var trainer = ""
  var file = ChartFile()
  static let fields: [Field<TrainerPlotParams>] =
    [
      Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup)
    ] + Field.all(of: \.file)

  func history(in session: Session) throws(Fault) -> History {
    let entry = try session.trainers.find(trainer, at: "trainer")
    let history = entry.trainer.history
    // As doubles, their moving means, and the points that are drawn.
    try Memory.require(Size(history.count) * 160, for: "a chart of \(history.count) updates")
    guard history.count > 0 else {
      throw Fault(
        .wrongState, "trainer \"\(trainer)\" has done no update yet", path: "trainer",
        expected: "at least one update", got: "0", hint: "train it with trainer.step")
    }
    return history
  }
}
