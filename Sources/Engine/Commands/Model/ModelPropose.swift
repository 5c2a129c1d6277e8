import DataSources
import Declarations
import Elbo
import JSON
import Variational

/// `model.propose`: chooses a model and a training for a data set, and says why.
enum ModelPropose: Command {
  static let method = "model.propose"
  static let effect = Effect.reads
  static let faults: [Fault.Kind] = [.shape, .support, .memory]
  static let summary =
    "Proposes the params of model.build and trainer.create for a data set, with a reason for each choice; makes nothing."

  struct Params: Described {
    var data = ""
    var wishes = Proposal.Wishes()

    static let fields: [Field<Params>] = [
      Field("data", \.data, "The data set.", required: true, faults: .lookup),
      Field(
        "architecture", \.wishes.architecture,
        "Dense layers (mlp, or table for columns with outliers), or convolutions; chosen from the data if left out."
      ),
      Field(
        "latent", \.wishes.latent, "Number of latent variables; chosen from the data if left out.",
        .from(1, to: 65_536)),
      Field(
        "layers", \.wishes.layers, "Widths of the encoder's hidden layers; reversed in the decoder."
      ),
      Field(
        "likelihood", \.wishes.likelihood,
        "The distribution p(x|z); chosen from the data if left out."),
      Field(
        "updates", \.wishes.updates, "Weight updates in all; 10,000 if left out.",
        .count(from: 1)),
      Field("seed", \.wishes.seed, "Seed of the weights, the batches and the split.", .seed),
    ]
  }

  /// The params of model.build, without names.
  struct Build: Described {
    var spec = ModelSpec()
    var fitOn = FittedRows.train

    static let fields: [Field<Build>] =
      ModelSpec.parts.map { $0.lifted(to: \.spec) } + [
        Field("fitOn", \.fitOn, "Rows from which the numbers of preprocess are found.")
      ]
  }

  /// The params of trainer.create, without names.
  struct Train: Described {
    var spec = TrainerSpec()
    var validation: ValidationParams?

    static let fields: [Field<Train>] =
      Field.all(of: \.spec) + [
        Field("validation", \.validation, "Rows whose bound is computed regularly.")
      ]
  }

  struct Reply: Answer {
    let build: Build
    let train: Train
    let updates: Int
    let transforms: [Choice<TransformKind>]?
    let split: Split?
    let reasons: [String]

    static let members: [Member<Reply>] = [
      Member("build", \.build, "Params of model.build, to which names are added."),
      Member("train", \.train, "Params of trainer.create, to which names are added."),
      Member("updates", \.updates, "Updates for trainer.step."),
      Member(
        "transforms", \.transforms,
        "Transforms with which the data should be loaded again, if the likelihood needs them."),
      Member(
        "split", \.split,
        "Rows to set aside when the data are loaded again, if they have no split."),
      Member("reasons", \.reasons, "A plain sentence for each choice."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let set = try session.data.find(params.data, at: "data")
    for (place, units) in params.wishes.layers.enumerated() where !(1...65_536).contains(units) {
      throw .misfit(
        expected: "an integer from 1 to 65536", got: "\(units)", at: "layers[\(place)]")
    }
    let proposal = try Proposal(for: set, params.wishes, call.checkStop)
    var validation: ValidationParams?
    if let (every, samples) = proposal.validation {
      validation = ValidationParams()
      validation?.every = every
      validation?.samples = samples
    }
    return Reply(
      build: Build(spec: proposal.model, fitOn: proposal.fitOn),
      train: Train(spec: proposal.training, validation: validation), updates: proposal.updates,
      transforms: proposal.transforms.isEmpty ? nil : proposal.transforms, split: proposal.split,
      reasons: proposal.reasons)
  }
}
