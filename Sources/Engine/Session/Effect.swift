/// The effect of a command on what later calls find.
package enum Effect: Sendable, Equatable {
  /// It describes the protocol, and does not use the session.
  case describes
  /// It changes nothing.
  case reads
  /// It changes nothing, and its work is divided by rows.
  case evaluates
  /// It changes nothing in the session, and writes the files whose paths it is given.
  case writes
  /// It makes what its reply names, or replaces it.
  case makes([Resource])
  /// It changes or removes what its parameters name.
  case changes
  /// It makes weight updates, or starts them.
  case trains

  /// Whether it changes neither the session nor a file, and answers what it finds.
  package var isQuery: Bool { self == .reads || self == .evaluates }

  /// Whether the session is another one afterwards.
  package var isLasting: Bool {
    switch self {
    case .describes, .reads, .evaluates, .writes: false
    case .makes, .changes, .trains: true
    }
  }
}
