import DataSources
import Declarations
import Files
import JSON
import Tensors

enum DataGet: Command {
  static let method = "data.get"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.shape]
  static let summary =
    "Returns rows of a data set with their labels; rows binarised at random are drawn once."

  struct Params: Described {
    var rows = RowSelection()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.rows) + Field.all(of: \.delivery)
  }

  struct Reply: Answer {
    let input: TensorForm
    let labels: [Int]?
    let classNames: [String]?
    let weights: [Float]?
    static let members: [Member<Reply>] = [
      Member("input", \.input, "The rows."),
      Member("labels", \.labels, "Labels of the rows, if the data set has labels."),
      Member("classNames", \.classNames, "Names of the classes 0, 1, …, if the labels were words."),
      Member("weights", \.weights, "Weights of the rows, if the data set has weights."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let found = try params.rows.resolve(in: session)
    if found.labels != nil || found.examples.weights != nil {
      try Memory.require(Size(found.rows.count) * 128, for: "the labels of the rows")
    }
    let input = try params.delivery.form(
      found.values(call.checkStop), as: TableFile(found), call)
    let weights = found.examples.weights.map { weights in found.rows.map { weights[Int($0)] } }
    return Reply(
      input: input, labels: found.labels, classNames: found.examples.classNames, weights: weights)
  }
}
