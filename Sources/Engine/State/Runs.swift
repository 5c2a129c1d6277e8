import JSON
import Variational

/// Saved runs, for programs that do not know the engine's models.
package enum Runs {
  /// Reads a trainer's file, or the newest checkpoint in a folder.
  package static func read(_ path: String) throws(Fault) -> SavedRun { try SavedRun(path) }
}
