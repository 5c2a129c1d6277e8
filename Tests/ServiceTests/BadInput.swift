import Testing

/// One thing that a client may get wrong: requests of which the last is answered by an error, and
/// what the error says.
struct BadInput: Sendable, CustomTestStringConvertible {
  let what: String
  var before: [String] = []
  let request: String
  let code: Int
  let kind: String
  let path: String
  /// In the message or the hint.
  let words: String

  var testDescription: String { what }

  init(
    _ what: String, after before: [String] = [], _ request: String, _ code: Int, _ kind: String,
    _ path: String, _ words: String
  ) {
    self.what = what
    self.before = before
    self.request = request
    (self.code, self.kind, self.path, self.words) = (code, kind, path, words)
  }
}
