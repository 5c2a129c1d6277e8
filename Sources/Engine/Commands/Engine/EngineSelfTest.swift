import Declarations
import Glibc
import JSON
import MeanField
import Variational

package enum EngineSelfTest: Command {
  package static let method = "engine.selfTest"
  package static let effect = Effect.reads
  package static let summary =
    "Compares what the engine computes on this machine with exact answers, in about a second."

  package struct Reply: Answer {
    package let passed: Bool
    package let checks: [SelfTest.Check]

    package static let members: [Member<Reply>] = [
      Member("passed", \.passed, "Whether all checks passed."),
      Member("checks", \.checks, "The comparisons."),
    ]
  }

  package static func run(_: Nothing, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let checks = try session.withTeam { (team) throws(Fault) in
      try SelfTest(team: team).checks(checkpoint: call.checkStop) + partitionFunctions()
    }
    return Reply(passed: checks.allSatisfy(\.passed), checks: checks)
  }

  /// Compares log Z by enumeration with closed forms.
  private static func partitionFunctions() throws(Fault) -> [SelfTest.Check] {
    let forbidden = try DiscreteDistribution(variables: 10, energy: AllOnesForbidden())
    let couplings = (0..<11).map { Coupling($0, $0 + 1, 0.7) }
    let fields = (0..<12).map { 0.1 * Double($0) - 0.5 }
    let beta = 0.8
    let chain = try DiscreteDistribution(
      variables: 12, energy: IsingEnergy(couplings: couplings, fields: fields), beta: beta)
    // The transfer matrix: the sum over all spins before the current one, for either value of it.
    var (down, up) = (exp(-beta * fields[0]), exp(beta * fields[0]))
    for field in fields.dropFirst() {
      let (same, other) = (exp(beta * 0.7), exp(-beta * 0.7))
      (down, up) = (
        exp(-beta * field) * (down * same + up * other),
        exp(beta * field) * (down * other + up * same)
      )
    }
    return [
      SelfTest.Check(
        "log Z of ten variables, all ones forbidden", expected: log(1023),
        got: try forbidden.exact().logPartition, tolerance: 1e-12),
      SelfTest.Check(
        "log Z of an Ising chain of twelve, against its transfer matrix", expected: log(down + up),
        got: try chain.exact().logPartition, tolerance: 1e-12),
    ]
  }
}
