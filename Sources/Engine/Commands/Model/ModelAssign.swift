import Declarations
import JSON
import Tensors
import Variational

enum ModelAssign: Command {
  static let method = "model.assign"
  static let effect = Effect.changes
  static let faults: [Fault.Kind] = [.shape, .notFinite]
  static let summary =
    "Sets parameters and running statistics by name; if one does not fit, none is set."

  struct Params: Described {
    var model = ""
    var parameters: Named<TensorForm>?
    var path: String?
    var parts: [String]?
    var layout: WeightLayout?
    static let fields: [Field<Params>] = [
      Field("model", \.model, "The model.", required: true, faults: .lookup),
      Field("parameters", \.parameters, "Arrays by name."),
      Field(
        "path", \.path,
        "A safetensors file with arrays by name, instead of parameters; of a trainer's file or folder of checkpoints, the arrays of its model.",
        faults: .file),
      Field(
        "parts", \.parts,
        "Parts of the model to set, such as [\"decoder\"]; arrays of other parts are left out. By default, all."
      ),
      Field(
        "layout", \.layout,
        "Layout of dense weights: elbo, (inputs, outputs), the default; torch, (outputs, inputs). Required for square weights of a file that elbo has not written."
      ),
    ]
  }

  struct Reply: Answer {
    let assigned: [String]
    static let members: [Member<Reply>] = [
      Member("assigned", \.assigned, "The names of the arrays that were set.")
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    var given: [(name: String, tensor: Tensor)] = []
    var isForeign = false
    if let parameters = params.parameters, params.path == nil {
      for (name, form) in parameters.members {
        given.append(
          (name, try within("parameters.\(name)") { () throws(Fault) in try form.tensor() }))
      }
    } else if let path = params.path, params.parameters == nil {
      let file = try within("path") { () throws(Fault) in
        try SafeTensors(
          contentsOf: CheckpointFolder.newest(path), checkpoint: call.checkStop)
      }
      given = file.modelArrays
      isForeign = file.isForeign
    } else {
      throw Fault(
        .params, "expected either \"parameters\" or \"path\"", path: "parameters",
        expected: "one of the two", got: params.path == nil ? "neither" : "both")
    }
    try call.checkStop()
    let member = params.path == nil ? "parameters" : "path"
    if let parts = params.parts { given = try Self.only(parts, of: given) }
    given = try model.arranged(given, params.layout, isForeign: isForeign, at: member)
    try model.assign(given, at: member)
    return Reply(assigned: given.map(\.name))
  }

  /// Returns the arrays of some parts, each of which must have one. Throws `unknownName`.
  private static func only(
    _ parts: [String], of given: [(name: String, tensor: Tensor)]
  ) throws(Fault) -> [(name: String, tensor: Tensor)] {
    func part(_ name: String) -> String { String(name.prefix { $0 != "." }) }
    var known: [String] = []
    for (name, _) in given where !known.contains(part(name)) { known.append(part(name)) }
    for (place, name) in parts.enumerated() where !known.contains(name) {
      throw Fault(
        .unknownName, "the arrays have no part \"\(name)\"", path: "parts[\(place)]",
        expected: "one of \(known.joined(separator: ", "))", got: JSON.string(name).line,
        hint: suggestion(for: name, among: known))
    }
    return given.filter { parts.contains(part($0.name)) }
  }
}
