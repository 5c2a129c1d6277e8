import Declarations
import JSON

/// What becomes of the rows that an epoch has left over where its batches do not come out even.
public enum LastBatch: String, Word {
  /// They are a batch of their own, a smaller one.
  case keep
  /// They wait for another epoch, whose order is another.
  case drop
  /// All batches of an epoch have as many rows as each other, or one more; none has more than it
  /// was asked to.
  case spread
}
