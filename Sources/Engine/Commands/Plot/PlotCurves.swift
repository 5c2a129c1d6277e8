import Declarations
import JSON
import Pictures

enum PlotCurves: Command {
  static let method = "plot.curves"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.wrongState, .missingProgram]
  static let summary =
    "Draws the reconstruction term and the divergence of every weight update, in two panels."

  static func run(_ params: TrainerPlotParams, in session: Session, _ call: Call) throws(Fault)
    -> PictureReply
  {
    let history = try params.history(in: session)
    let chart = Chart.curves(
      update: (1...history.count).map { Double($0) },
      reconstruction: history.reconstruction.map { Double($0) },
      divergence: history.divergence.map { Double($0) })
    return try params.file.reply(chart, in: session, call)
  }
}
