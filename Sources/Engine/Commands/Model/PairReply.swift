import Declarations
import JSON
import Tensors
import Variational

/// Rows, and the model's output for them.
struct PairReply: Answer {
  let input: TensorForm
  let output: TensorForm
  let notFinite: Int?
  static let members: [Member<PairReply>] = [
    Member("input", \.input, "The rows."),
    Member("output", \.output, "Means of p(x|z): for Bernoulli, probabilities."),
    Member("notFinite", \.notFinite, Figures.each),
  ]
}
