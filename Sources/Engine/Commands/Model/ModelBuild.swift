import Declarations
import Elbo
import JSON
import Tensors
import Variational

/// `model.build`: makes a model with new parameters from stacks, a posterior, a prior and a
/// likelihood.
enum ModelBuild: Command {
  static let method = "model.build"
  static let effect = Effect.makes([.model])
  static let faults: [Fault.Kind] = [.shape, .support, .memory]
  static let summary =
    "Builds a model with fresh weights, Glorot-uniform unless a layer says otherwise; if data are named, the last bias starts at their mean, and the weights next to columns of a table at their scale where it is far from 1."

  struct Params: Described {
    var name: Handle?
    var replace = false
    var data: String?
    var shape: Shape?
    var spec = ModelSpec()
    var fitOn = FittedRows.train

    static let fields: [Field<Params>] =
      [
        Field(
          "name", \.name, "Name of the new model; generated if left out.", faults: .naming),
        Field(
          "data", \.data, "Data set that gives the shape, the last bias and the scales of columns.",
          faults: .lookup),
        Field("shape", \.shape, "Shape of one example, if no data set is named."),
      ] + ModelSpec.parts.map { $0.lifted(to: \Params.spec) } + [
        Field(
          "fitOn", \.fitOn,
          "Rows from which the numbers of preprocess are found: the name of a split, such as \"without-fold-1\", or \"all\"."
        ),
        Field("replace", \.replace, "Whether an existing model of this name is replaced."),
      ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> ModelReply {
    let name = try session.models.free(params.name, replace: params.replace)
    var spec = params.spec
    let model: Model
    var notes: [String] = []
    if let data = params.data {
      let set = try session.data.find(data, at: "data")
      guard params.shape == nil || params.shape == set.shape else {
        throw Fault(
          .shape, "data set \"\(data)\" has rows of \(set.shape), not \(params.shape ?? [])",
          path: "shape", expected: "\(set.shape)", got: "\(params.shape ?? [])",
          hint: "leave \"shape\" out")
      }
      (model, notes) = try Model.built(spec, for: set, fitOn: params.fitOn, call.checkStop)
    } else if let shape = params.shape {
      spec.shape = shape
      try spec.settle()
      model = try Model(spec, call.checkStop)
    } else {
      throw Fault(
        .params, "expected the shape of an example, got neither \"data\" nor \"shape\"",
        path: "data", expected: "\"data\" or \"shape\"", got: "nothing",
        hint: "give \"data\": the name of a data set")
    }
    try call.checkStop()
    session.models.set(name, model)
    return ModelReply(name, model, notes: notes)
  }
}
