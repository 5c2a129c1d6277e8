import Files
import JSON
import Tensors
import Variational

/// Latents of a path or a grid, and what the decoder makes of them.
struct Walk {
  var latents: Tensor
  var output: Tensor
  /// The rows that it begins and ends at, where it was rows.
  var rows: RowSelection.Found?
  /// Outputs that are not finite, where there are such.
  var notFinite: Int?

  /// All latents have the label that the call gave or, where it gave none, that of the rows, if it
  /// is one.
  init(
    _ latents: Tensor, through model: Model, _ base: LatentBase, _ found: LatentBase.Found,
    _ call: Call
  ) throws(Fault) {
    self.latents = latents
    rows = found.rows
    var label = base.label.map { LabelForm.all($0) }
    if label == nil, model.condition != nil, let own = found.rows?.labels, Set(own).count == 1 {
      label = own.first.map { .all(.label($0)) }
    }
    let count = latents.shape.count / model.spec.latent
    let given = try label.given(count, for: model)
    output = try model.decodeAll(latents, given: given, checkpoint: call.checkStop)
    notFinite = try model.notFinite(output, decoding: latents, given: given)
  }

  /// The outputs as one list of images.
  func images(_ model: Model) -> Tensor {
    Tensor(model.spec.shape.rows(output.shape.count / model.spec.shape.count), output.values)
  }
}

/// Throws `memory` where there is none for so many numbers of latents.
func requireRoom(_ numbers: Size) throws(Fault) {
  try Memory.require(numbers * 4, for: "the latents on the way", hint: "take fewer steps")
}
