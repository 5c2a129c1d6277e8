import Declarations
import Glibc
import JSON

/// Identity (2): KL(q || p) = beta E_q[energy] - H(q) + log Z, for one q.
///
/// `enumerated` is sum_w q(w) log(q(w) / p(w)) over the states, with p(w) as a quotient of weights;
/// `formula` takes E_q[energy] and H(q) from the marginals of q alone, as mean-field inference
/// does, and log Z from log-sum-exp. Both are infinite if q reaches a forbidden state, and the
/// residual is then zero.
package struct DivergenceIdentity: Answer, Equatable {
  package let q: String
  package let enumerated: Double
  package let formula: Double
  package let residual: Double

  init(_ q: String, enumerated: Double, formula: Double) {
    self.q = q
    self.enumerated = enumerated
    self.formula = formula
    residual = enumerated == formula ? 0 : (enumerated - formula).magnitude
  }

  package static let members: [Member<DivergenceIdentity>] = [
    Member(
      "q", \.q,
      "Which q: exact (p itself), uniform (all 1/2), marginals (independent, with those of p), ground "
        + "(the state of lowest energy) or given."),
    Member("enumerated", \.enumerated, "sum q log(q / p) over the states, in nats."),
    Member("formula", \.formula, "beta E_q[energy] - H(q) + log Z, in nats."),
    Member("residual", \.residual, "|enumerated - formula|."),
  ]
}
