import JSON

enum ModelInfo: Command {
  static let method = "model.info"
  static let effect = Effect.reads
  static let summary = "Describes a model."

  static func run(_ params: ModelParams, in session: Session, _: Call) throws(Fault) -> ModelReply {
    ModelReply(params.model, try session.models.find(params.model, at: "model"))
  }
}
