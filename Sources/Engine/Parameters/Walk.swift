import Files
import JSON
import Tensors
import Variational

/// Latents of a path or a grid, and the decoder's output for them.
struct Walk {
  var latents: Tensor
  var output: Tensor
  /// The rows at which it begins and ends, if it comes from rows.
  var rows: RowSelection.Found?
  /// The number of outputs that are not finite, if any.
  var notFinite: Int?

  /// All latents have the label that the call gave or, if it gave none, the label that all rows
  /// share.
  init(
    _ latents: Tensor, through model: Model, _ base: LatentBase, _ found: LatentBase.Found,
    in session: Session, _ call: Call
  ) throws(Fault) {
    self.latents = latents
    rows = found.rows
    var label = base.label.map { LabelForm.all($0) }
    if label == nil, model.condition != nil, let own = found.rows?.labels {
      let classes = Set(own).sorted()
      guard let only = classes.first, classes.count == 1 else {
        throw Fault(
          .params, "expected a label, since the rows have different ones", path: "label",
          expected: "the label to decode with",
          got: "rows of \(classes.map { "\($0)" }.joined(separator: " and "))",
          hint: "give \"label\", or rows of one class")
      }
      label = .all(.label(only))
    }
    let count = latents.shape.count / model.spec.latent
    let given = try label.given(count, for: model)
    output = try session.withTeam { (team) throws(Fault) in
      try model.decodeAll(latents, given: given, team: team, checkpoint: call.checkStop)
    }
    notFinite = try model.notFinite(output, decoding: latents, given: given)
  }

  /// Returns the outputs as one list of images.
  func images(_ model: Model) -> Tensor {
    Tensor(model.spec.shape.rows(output.shape.count / model.spec.shape.count), output.values)
  }
}

/// Throws `memory` if there is not enough for `numbers` numbers of latents.
func requireRoom(_ numbers: Size) throws(Fault) {
  try Memory.require(numbers * 4, for: "the latents on the way", hint: "take fewer steps")
}
