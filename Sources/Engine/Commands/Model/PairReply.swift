import Declarations
import JSON
import Tensors
import Variational

/// Rows and what the model makes of them.
struct PairReply: Described {
  var input: TensorForm?
  var output: TensorForm?
  var notFinite: Int?
  static let fields: [Field<PairReply>] = [
    Field("input", \.input, "The rows.", required: true),
    Field("output", \.output, "Means of p(x|z): for Bernoulli, probabilities.", required: true),
    Field("notFinite", \.notFinite, Figures.each),
  ]
}
