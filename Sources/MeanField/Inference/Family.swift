import Declarations
import JSON

/// The family in which q is sought.
public enum Family: String, Word {
  /// Q1: every variable has a marginal of its own.
  case independent
  /// Q2: all variables have the same marginal.
  case shared
}
