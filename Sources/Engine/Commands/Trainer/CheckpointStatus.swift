import Declarations
import JSON

let failedCheckpointSummary =
  "The checkpoints, if the latest could not be written: `failure` says why."

extension TrainerEntry {
  /// The standing of the checkpoints if the latest could not be written.
  var failedCheckpoint: CheckpointStatus? {
    checkpoints?.status.failure == nil ? nil : checkpoints?.status
  }
}

/// The standing of a trainer's checkpoints.
struct CheckpointStatus: Answer {
  let path: String
  let every: Int?
  let seconds: Double?
  let keep: Int
  let newest: String?
  let update: Int?
  let best: String?
  let failure: String?

  static let members: [Member<CheckpointStatus>] = [
    Member("path", \.path, "The folder."),
    Member("every", \.every, "Updates between two checkpoints, if they go by updates."),
    Member("seconds", \.seconds, "Time between two checkpoints, if they go by time."),
    Member("keep", \.keep, "Number of the newest checkpoints that are kept."),
    Member("newest", \.newest, "The newest checkpoint of this session."),
    Member("update", \.update, "The update after which the newest was made."),
    Member("best", \.best, "The checkpoint of the best validation of this session."),
    Member(
      "failure", \.failure,
      "Why the latest checkpoint could not be written; training goes on, and the next is tried in its turn."
    ),
  ]
}
