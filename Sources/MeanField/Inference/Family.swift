import Declarations
import JSON

/// The family in which q is sought.
package enum Family: String, Word {
  /// Q1: every variable has its own marginal.
  case independent
  /// Q2: all variables have the same marginal.
  case shared
}
