import Declarations
import JSON

enum TrainerStep: Command {
  static let method = "trainer.step"
  static let faults: [Fault.Kind] = [.wrongState, .notFinite]
  static let summary = "Trains, and returns when it is done."

  struct Reply: Described {
    var update = 0
    var elbo: Double?
    var reconstruction: Double?
    var divergence: Double?
    var updates = 0
    var stopped: String?
    var warmUpLeft: Int?

    static let fields: [Field<Reply>] = [
      Field("update", \.update, "Weight updates done since the trainer was created."),
      Field("elbo", \.elbo, "Mean over the updates of this call, in nats."),
      Field("reconstruction", \.reconstruction, "Likewise: E_q log p(x|z)."),
      Field("divergence", \.divergence, "Likewise: KL(q(z|x) || p(z))."),
      Field("updates", \.updates, "Weight updates of this call."),
      Field(
        "stopped", \.stopped,
        "\"cancelled\", where it was; \"converged\", where no better validation has come."),
      Field("warmUpLeft", \.warmUpLeft, warmUpLeftSummary),
    ]
  }

  static func run(_ params: RunParams, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    let run = try entry.begin(params, preset: 1, in: session, call)
    while entry.run != nil, !call.stop.isRaised { entry.advance(in: session, stop: call.stop) }
    var reply = Reply()
    if entry.run != nil {
      reply.stopped = "cancelled"
      entry.end()
    }
    if entry.trainer.isConverged, reply.stopped == nil { reply.stopped = "converged" }
    if let failure = entry.failure {
      // The caller is told; there is nothing left to ask about.
      entry.failure = nil
      entry.state = .idle
      throw failure
    }
    let done = run.first..<entry.trainer.update
    reply.update = entry.trainer.update
    reply.updates = done.count
    reply.warmUpLeft = entry.trainer.warmUpLeft
    if let means = entry.means(done) {
      reply.reconstruction = means.reconstruction
      reply.divergence = means.divergence
      reply.elbo = means.reconstruction - means.divergence
    }
    return reply
  }
}
