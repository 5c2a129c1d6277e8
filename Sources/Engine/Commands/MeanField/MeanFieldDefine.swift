import Declarations
import Files
import JSON
import MeanField
import Tensors

/// `meanField.define`: makes a distribution from variables, an energy and beta.
enum MeanFieldDefine: Command {
  static let method = "meanField.define"
  static let effect = Effect.makes([.distribution])
  static let faults: [Fault.Kind] = [.denied, .io, .badFile]
  static let summary = "Defines p(w) = exp(-beta energy(w)) / Z over w in {0, 1}^N."

  struct Params: Described {
    var name: Handle?
    var replace = false
    var variables = 1
    var energy: Choice<EnergyKind>?
    var beta = 1.0
    static let fields: [Field<Params>] = [
      Field(
        "name", \.name, "Name of the new distribution; generated if left out.",
        faults: .naming),
      Field(
        "variables", \.variables, "Number N of binary variables.", required: true,
        .from(1, to: DiscreteDistribution.largest)),
      Field("energy", \.energy, "The energy of a state.", required: true),
      Field("beta", \.beta, "Inverse temperature.", .from(0)),
      Field("replace", \.replace, "Whether an existing distribution of this name is replaced."),
    ]
  }

  struct Reply: Answer {
    let distribution: String
    let variables: Int
    static let members: [Member<Reply>] = [
      Member("distribution", \.distribution, "The distribution's name."),
      Member("variables", \.variables, "Number of binary variables."),
    ]
  }

  static func run(_ params: Params, in session: Session, _: Call) throws(Fault) -> Reply {
    let name = try session.distributions.free(params.name, replace: params.replace)
    let energy = try required(params.energy, "energy")
    let distribution = try DiscreteDistribution(
      variables: params.variables, energy: energy.product, beta: params.beta
    ) { (path) throws(Fault) in
      try NPY(contentsOf: path).doubles
    }
    session.distributions.set(name, distribution)
    return Reply(distribution: name, variables: params.variables)
  }
}

extension DiscreteDistribution {
  /// Throws `memory` if there is not enough for its variables, and for its states if they can be
  /// enumerated.
  func requireRoom() throws(Fault) {
    let states = variables <= Self.enumerable ? 1 << variables : 0
    try Memory.require(
      Size(states) * 96 + Size(variables) * 512, for: "a distribution over \(variables) variables")
  }
}
