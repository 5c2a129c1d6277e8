import JSON
import MeanField
import Tensors

/// `meanField.define`: variables, an energy and beta become a distribution.
enum MeanFieldDefine: Command {
  static let method = "meanField.define"
  static let faults: [Fault.Kind] = [.io, .badFile]
  static let summary = "Defines p(w) = exp(-beta energy(w)) / Z over w in {0, 1}^N."

  struct Params: Described {
    var name: Handle?
    var replace = false
    var variables = 1
    var energy: Choice<EnergyKind>?
    var beta = 1.0
    static let fields: [Field<Params>] = [
      Field("name", \.name, "The distribution's name; one is made up where none is given."),
      Field(
        "variables", \.variables, "Number N of binary variables.", required: true,
        .from(1, to: DiscreteDistribution.largest)),
      Field("energy", \.energy, "The energy of a state.", required: true),
      Field("beta", \.beta, "Inverse temperature, from 0.", .from(0)),
      Field("replace", \.replace, "Whether a distribution of that name is replaced."),
    ]
  }

  struct Reply: Described {
    var distribution = ""
    var variables = 0
    static let fields: [Field<Reply>] = [
      Field("distribution", \.distribution, "The distribution's name."),
      Field("variables", \.variables, "Number of binary variables."),
    ]
  }

  static func run(_ params: Params, in session: Session, _: Call) throws(Fault) -> Reply {
    let name = try session.distributions.free(params.name, replace: params.replace)
    guard let energy = params.energy else { return Reply() }
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
  /// Throws `memory` where there is none for what its states take, where they can be enumerated,
  /// and its variables.
  func requireRoom() throws(Fault) {
    let states = variables <= Self.enumerable ? 1 << variables : 0
    try Memory.require(
      Size(states) * 96 + Size(variables) * 512, for: "a distribution over \(variables) variables")
  }
}

/// The name of a distribution, as the only parameter.
struct DistributionParams: Described {
  var distribution = ""
  static let fields: [Field<DistributionParams>] = [
    Field("distribution", \.distribution, "The distribution.", required: true)
  ]
}

enum MeanFieldExact: Command {
  static let method = "meanField.exact"
  static let faults: [Fault.Kind] = [.resultTooLarge, .support]
  static let summary =
    "Log-partition, mean energy, entropy and marginals by enumeration, and two identities that must hold."

  static func run(_ params: DistributionParams, in session: Session, _ call: Call) throws(Fault)
    -> Exact
  {
    let distribution = try session.distributions.find(params.distribution, at: "distribution")
    try distribution.requireRoom()
    return try distribution.exact(checkpoint: call.checkStop)
  }
}

enum MeanFieldFitting: Command {
  static let method = "meanField.fit"
  static let faults: [Fault.Kind] = [.support]
  static let summary =
    "The factorised q of largest free energy: every variable its own marginal, or all the same."

  struct Params: Described {
    var distribution = ""
    var family = Family.independent
    var restarts = DiscreteDistribution.defaultRestarts
    var seed = 0
    static let fields: [Field<Params>] = [
      Field("distribution", \.distribution, "The distribution.", required: true),
      Field(
        "family", \.family, "independent (Q1: own marginals) or shared (Q2: one for all).",
        required: true),
      Field(
        "restarts", \.restarts, "Starts of the coordinate ascent.",
        .from(1, to: DiscreteDistribution.restartsAllowed.upperBound)),
      Field("seed", \.seed, "Of the starts.", .seed),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault)
    -> MeanFieldFit
  {
    let distribution = try session.distributions.find(params.distribution, at: "distribution")
    try distribution.requireRoom()
    return try distribution.fit(
      params.family, restarts: params.restarts, uniform: uniform(params.seed),
      checkpoint: call.checkStop)
  }

  /// The numbers that the starts are drawn from: of each restart and variable, uniform on (0, 1).
  static func uniform(_ seed: Int) -> (Int, Int) -> Double {
    let random = Random(seed: seed, .restarts)
    return { restart, variable in
      let words = random.words(
        UInt32(truncatingIfNeeded: variable), UInt32(truncatingIfNeeded: restart))
      return (Double(words.0) + 0.5) / 4_294_967_296
    }
  }
}

enum MeanFieldList: Command {
  static let method = "meanField.list"
  static let summary = "The names of all distributions."

  struct Reply: Described {
    var distributions: [String] = []
    static let fields: [Field<Reply>] = [
      Field("distributions", \.distributions, "Names, in order of definition.")
    ]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(distributions: session.distributions.names)
  }
}

enum MeanFieldDrop: Command {
  static let method = "meanField.drop"
  static let summary = "Forgets a distribution."

  static func run(_ params: DistributionParams, in session: Session, _: Call) throws(Fault)
    -> Nothing
  {
    try session.distributions.drop(params.distribution, at: "distribution")
    return Nothing()
  }
}
