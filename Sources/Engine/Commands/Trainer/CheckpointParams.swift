import Declarations
import JSON

/// When the checkpoints of a trainer are written by themselves, and where.
struct CheckpointParams: Described {
  var path = ""
  var every: Int?
  var seconds: Double?
  var keep = 2
  var best = true
  var replace = false

  static let fields: [Field<CheckpointParams>] = [
    Field(
      "path", \.path,
      "The folder, which is made if there is none; trainer.load goes on from its newest checkpoint.",
      required: true, faults: .file),
    Field("every", \.every, "Updates between two checkpoints.", .count(from: 1)),
    Field(
      "seconds", \.seconds,
      "Time between two checkpoints; 60 s if neither this nor \"every\" is given.", .above(0)),
    Field("keep", \.keep, "Number of the newest checkpoints that are kept.", .count(from: 1)),
    Field(
      "best", \.best, "Whether the state of the best validation is kept too, if rows are validated."
    ),
    Field(
      "replace", \.replace,
      "Whether checkpoints of another run, or of later updates, in this folder are removed."),
  ]

  /// The time between two checkpoints, if it counts.
  var interval: Double? { seconds ?? (every == nil ? 60 : nil) }
}
