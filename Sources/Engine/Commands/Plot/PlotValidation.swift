import Declarations
import JSON
import Pictures

enum PlotValidation: Command {
  static let method = "plot.validation"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.wrongState, .missingProgram]
  static let summary =
    "Draws the reconstruction term of every update and of every validation."

  static func run(_ params: TrainerPlotParams, in session: Session, _ call: Call) throws(Fault)
    -> PictureReply
  {
    let history = try params.history(in: session)
    guard !history.validation.update.isEmpty else {
      throw Fault(
        .wrongState, "trainer \"\(params.trainer)\" has no validation yet", path: "trainer",
        expected: "at least one validation",
        hint: "give \"validation\" to trainer.create, and train at least \"every\" updates")
    }
    let chart = Chart.validation(
      trainUpdate: (1...history.count).map { Double($0) },
      trainReconstruction: history.reconstruction.map { Double($0) },
      validationUpdate: history.validation.update.map { Double($0) },
      validationReconstruction: history.validation.reconstruction)
    return try params.file.reply(chart, in: session, call)
  }
}
