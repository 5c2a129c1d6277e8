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
        "layers", \.wishes.layers,
        "Widths of the encoder's hidden layers, reversed in the decoder; 128, 128 if left out. With conv the channels of its convolutions, each of which halves the sides; 16, 32 if left out."
      ),
      Field("encoder", \.wishes.encoder, "The encoder's layers, taken as they are."),
      Field("decoder", \.wishes.decoder, "The decoder's layers, taken as they are."),
      Field(
        "likelihood", \.wishes.likelihood,
        "The distribution p(x|z); chosen from the data if left out."),
      Field(
        "updates", \.wishes.updates, "Weight updates in all; 10,000 if left out.",
        .count(from: 1)),
      Field(
        "batch", \.wishes.batch, "Rows of an update; chosen from the number of rows if left out.",
        .count(from: 1)),
      Field("rate", \.wishes.rate, "Learning rate; 0.001 if left out.", .above(0)),
      Field(
        "patience", \.wishes.patience,
        "Number of validations without improvement after which training ends; 8 if left out.",
        .count(from: 1)),
      Field(
        "validation", \.wishes.validation,
        "Rows to validate on, and as many to test, of data without a split: a whole number from 1 is a count, a number below 1/2 a fraction, 0 sets none aside; chosen from the number of rows if left out.",
        .from(0)),
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
    for (place, units) in (params.wishes.layers ?? []).enumerated()
    where !(1...65_536).contains(units) {
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
