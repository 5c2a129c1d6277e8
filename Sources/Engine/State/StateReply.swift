import Declarations
import JSON

/// What a session took from the folder of `--state`.
package struct StateReply: Answer {
  let path: String
  let restored: [Item]
  let lost: [Item]
  let failure: String?

  package static let members: [Member<StateReply>] = [
    Member("path", \.path, "The folder."),
    Member("restored", \.restored, "What was made again when the process started."),
    Member(
      "lost", \.lost,
      "What could not be made again, and why. It stays in the folder, and the next start tries it again, until it is dropped."
    ),
    Member(
      "failure", \.failure,
      "Why a change could not be written into the folder; it is tried again after each later change and at the end."
    ),
  ]

  /// One thing by name.
  struct Item: Answer {
    let kind: Resource
    let name: String
    let why: String?

    init(_ item: StateItem, why: String? = nil) {
      kind = item.kind
      name = item.name
      self.why = why
    }

    static let members: [Member<Item>] = [
      Member("kind", \.kind, "data, distribution, model or trainer."),
      Member("name", \.name, "Its name."),
      Member("why", \.why, "Why it could not be made, and what helps."),
    ]
  }
}
