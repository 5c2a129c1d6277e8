import Declarations
import JSON

/// How the rows are treated that remain when an epoch does not divide into full batches.
package enum LastBatch: String, Word {
  /// They form a smaller batch.
  case keep
  /// They are dropped until another epoch, whose order differs.
  case drop
  /// The batches of an epoch differ in size by at most one row, and none exceeds the requested
  /// size.
  case spread
}
