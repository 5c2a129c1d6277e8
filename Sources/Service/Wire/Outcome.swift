import JSON

/// The member of a reply besides its id: a result or an error.
enum Outcome {
  case result(JSON)
  case error(JSON)
}
