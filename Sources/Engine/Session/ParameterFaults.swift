import JSON

/// The faults of a parameter, by what it refers to.
extension [Fault.Kind] {
  /// The name of an existing value.
  static let lookup: Self = [.unknownName]
  /// The name of a new value.
  static let naming: Self = [.nameInUse]
  /// A file that is read or written.
  static let file: Self = [.denied, .io, .badFile, .noSpace]
  /// An array, which may be in a file.
  static let array: Self = [.shape, .denied, .io, .badFile]
}
