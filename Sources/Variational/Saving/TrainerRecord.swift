import Declarations
import JSON

/// Everything that a trainer needs to go on, besides the model and the data.
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

  package init() {}

  package static let fields: [Field<TrainerRecord>] = [
    Field("trainer", \.trainer, "How it works.", required: true),
    Field("model", \.model, "What the model is made of.", required: true),
    Field("modelName", \.modelName, "The model's name."),
    Field("dataName", \.dataName, "The data set's name."),
    Field("split", \.split, "The split that is trained on."),
    Field("sha256", \.sha256, "Of the data."),
    Field("validation", \.validation, "What is validated."),
    Field("validationSha256", \.validationSha256, "Of the validation's data."),
    Field("rows", \.rows, "The rows that are trained on."),
    Field("validationRows", \.validationRows, "The rows that are validated."),
    Field("validationReconstruction", \.validationReconstruction, "Validations, float64."),
    Field("validationDivergence", \.validationDivergence, "Likewise."),
  ]
}
