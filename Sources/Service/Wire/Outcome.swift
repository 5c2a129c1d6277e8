import JSON

/// One of the two members that a reply has beside its id.
enum Outcome {
  case result(JSON)
  case error(JSON)
}
