import JSON

/// What can go wrong with a parameter, by what it stands for.
extension [Fault.Kind] {
  /// The name of something that has to be there.
  static let lookup: Self = [.unknownName]
  /// The name of something that is made.
  static let naming: Self = [.nameInUse]
  /// A file that is read or written.
  static let file: Self = [.io, .badFile, .noSpace]
  /// An array, which may stand in a file.
  static let array: Self = [.shape, .io, .badFile]
}
