import Declarations

extension Field where Root: Described {
  /// The parameter beside every `path` of a file that is written. Without it a save replaces a file
  /// of its own kind only.
  static func replace(_ path: any WritableKeyPath<Root, Bool> & Sendable) -> Field {
    Field(
      "replace", path,
      "Whether the file may replace one of another kind; links, folders and devices are never replaced."
    )
  }
}
