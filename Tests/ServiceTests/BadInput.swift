import Testing

/// One mistake of a client: requests of which the last gets an error, and the content of the error.
struct BadInput: Sendable, CustomTestStringConvertible {
  let what: String
  var before: [String] = []
  let request: String
  let code: Int
  let kind: String
  let path: String
  /// A part of the message or the hint.
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
