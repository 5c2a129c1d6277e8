import Declarations
import Files
import JSON
import Tensors

enum ModelParameters: Command {
  static let method = "model.parameters"
  static let effect = Effect.writes
  static let summary =
    "Returns parameters and running statistics by name, such as encoder.0.weight."

  struct Params: Described {
    var model = ""
    var names: [String]?
    var delivery = Delivery()
    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true, faults: .lookup),
        Field("names", \.names, "Names of the arrays to return; all if left out."),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Answer {
    let parameters: Named<TensorForm>
    static let members: [Member<Reply>] = [
      Member("parameters", \.parameters, "Arrays by name; weights are (inputs, outputs).")
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    let all = model.arrays
    var chosen: [(name: String, tensor: Tensor)] = []
    for (position, name) in (params.names ?? all.map(\.name)).enumerated() {
      guard let array = all.first(where: { $0.name == name }) else {
        throw Fault(
          .unknownName, "the model has no parameter \"\(name)\"", path: "names[\(position)]",
          expected: "one of \(all.map(\.name).joined(separator: ", "))", got: name,
          hint: suggestion(for: name, among: all.map(\.name)))
      }
      // JSON readers differ about two members of one name: most take the last one, some refuse the
      // object.
      guard !chosen.contains(where: { $0.name == name }) else {
        throw Fault(
          .params, "\"\(name)\" is listed twice", path: "names[\(position)]",
          expected: "each name once", got: JSON.string(name).line)
      }
      try Memory.require(
        Size(array.store.specs[array.index].shape) * 4, for: "a copy of \"\(name)\"")
      chosen.append((name, array.store.tensor(array.index)))
    }
    return Reply(parameters: Named(try params.delivery.forms(chosen, call)))
  }
}
