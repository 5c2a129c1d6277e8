import Declarations
import JSON

/// Everything that a trainer needs to continue, besides the model and the data.
package struct TrainerRecord: Described {
  package var trainer = TrainerSpec()
  package var model = ModelSpec()
  /// The names in use when the file was saved, for the reply and for a validation's data.
  package var modelName = ""
  package var dataName = ""
  package var split: String?
  package var sha256 = ""
  package var validation: JSON = .null
  package var validationSha256: String?
  /// Missing in files of earlier versions.
  package var rows: RowsRecord?
  package var validationRows: RowsRecord?
  package var validationReconstruction: [Double] = []
  package var validationDivergence: [Double] = []
  /// Missing where nothing was changed, and in files of earlier versions.
  package var changes: [Change]?
  package var skipped: [Int]?
  /// The update of the snapshot to which a refused update leads back.
  package var snapshot: Int?
  /// The dead latents of the latest validation; missing where none was.
  package var deadLatents: [Int]?

  package init() {}

  package static let fields: [Field<TrainerRecord>] = [
    Field("trainer", \.trainer, "Settings of the trainer.", required: true),
    Field("model", \.model, "Parts of the model.", required: true),
    Field("modelName", \.modelName, "The model's name."),
    Field("dataName", \.dataName, "The data set's name."),
    Field("split", \.split, "The split that is trained on."),
    Field("sha256", \.sha256, "SHA-256 of the data."),
    Field("validation", \.validation, "Rows that are validated, and how often."),
    Field("validationSha256", \.validationSha256, "SHA-256 of the validation's data."),
    Field("rows", \.rows, "The rows that are trained on."),
    Field("validationRows", \.validationRows, "The rows that are validated."),
    Field(
      "validationReconstruction", \.validationReconstruction,
      "Reconstruction terms of the validations, as float64."),
    Field(
      "validationDivergence", \.validationDivergence, "Divergences of the validations, as float64."),
    Field("changes", \.changes, "Changes of the settings between updates, in their order."),
    Field("skipped", \.skipped, "Updates for which a batch was passed over, one entry for each."),
    Field(
      "snapshot", \.snapshot, "Update of the snapshot to which a refused update leads back.",
      .count(from: 0)),
    Field(
      "deadLatents", \.deadLatents,
      "Latents that said nothing about the rows of the latest validation."),
  ]
}
