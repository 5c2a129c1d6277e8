/// What a command does to what later calls find.
public enum Effect: Sendable {
  /// It answers about the protocol, and knows nothing of the session.
  case describes
  /// It changes nothing.
  case reads
  /// It changes nothing in the session, and writes the files that it is given a path for.
  case writes
  /// It makes, changes or forgets something in the session.
  case changes
  /// It makes weight updates, or lets them be made.
  case trains
}
