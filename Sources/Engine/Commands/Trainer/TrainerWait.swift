import Declarations
import JSON

enum TrainerWait: Command {
  static let method = "trainer.wait"
  static let effect = Effect.trains
  static let summary = "Returns when the background run has ended or the time is up."

  struct Params: Described {
    var trainer = ""
    var seconds: Double?
    static let fields: [Field<Params>] = [
      Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup),
      Field("seconds", \.seconds, "Longest time to wait.", .from(0)),
    ]
  }

  static func whatStays(_ reply: JSON) -> String? {
    reply["state"] == "running" ? "the run in the background goes on" : nil
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> TrainerReply
  {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    let end = params.seconds.map { Clock.seconds + $0 }
    func goesOn() -> Bool { !call.stop.isRaised && Clock.seconds < end ?? .infinity }
    while entry.run != nil, try session.agree(goesOn()) {
      // Runs that began earlier also continue, one after the other.
      session.advance(stop: call.stop)
    }
    return TrainerReply(entry)
  }
}
