/// How rows became binary.
public enum Binarization: Sendable, Equatable {
  /// They are as they came.
  case none
  /// 1 where a value was greater.
  case threshold(Double)
  /// 1 with probability of the grey level, drawn anew for each batch from a stream of this seed.
  case random(seed: Int)
}
