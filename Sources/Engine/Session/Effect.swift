/// The effect of a command on what later calls find.
package enum Effect: Sendable {
  /// It describes the protocol, and does not use the session.
  case describes
  /// It changes nothing.
  case reads
  /// It changes nothing in the session, and writes the files whose paths it is given.
  case writes
  /// It adds, changes or removes something in the session.
  case changes
  /// It makes weight updates, or starts them.
  case trains
}
