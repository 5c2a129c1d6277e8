/// What the command line allows a session; nil where it says nothing.
package struct Allowance: Sendable {
  /// Bytes that the process may hold: `--max-memory`.
  package var memory: Int?
  /// Requests that may wait for the one that runs: `--max-pending`.
  package var pending: Int?
  /// Seconds that one request may run: `--max-seconds`.
  package var seconds: Double?
  /// Threads that may share an update: `--threads`.
  package var threads: Int?

  package init() {}
}
