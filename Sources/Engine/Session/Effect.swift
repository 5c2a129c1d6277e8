/// The effect of a command on what later calls find.
package enum Effect: Sendable, Equatable {
  /// It describes the protocol, and does not use the session.
  case describes
  /// It changes nothing.
  case reads
  /// It changes nothing in the session, and writes the files whose paths it is given.
  case writes
  /// It makes what its reply names, or replaces it.
  case makes([Resource])
  /// It changes or removes what its parameters name.
  case changes
  /// It makes weight updates, or starts them.
  case trains

  /// Whether the session is another one afterwards.
  package var isLasting: Bool {
    switch self {
    case .describes, .reads, .writes: false
    case .makes, .changes, .trains: true
    }
  }
}
