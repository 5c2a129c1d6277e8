/// How the rows were made binary.
public enum Binarization: Sendable, Equatable {
  /// They were not changed.
  case none
  /// 1 if the value was greater.
  case threshold(Double)
  /// 1 with the probability given by the grey level, drawn for each batch from a stream of this
  /// seed.
  case random(seed: Int)
}
