import Declarations
import JSON

enum TrainerStart: Command {
  static let method = "trainer.start"
  static let effect = Effect.trains
  static let faults: [Fault.Kind] = [.wrongState]
  static let summary = "Trains in the background; other requests are served between updates."

  struct Reply: Answer {
    let state: TrainerEntry.State
    static let members: [Member<Reply>] = [Member("state", \.state, "Always running.")]
  }

  static func run(_ params: RunParams, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    _ = try entry.begin(params, preset: nil, isBackground: true, in: session, call)
    return Reply(state: entry.state)
  }
}
