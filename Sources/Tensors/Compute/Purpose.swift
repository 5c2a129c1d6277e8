/// What random numbers are for. Each purpose draws from a stream of its own, so that none disturbs
/// another.
public enum Purpose: UInt32, Sendable {
  case initialization = 0
  case permutation = 1
  case posterior = 2
  case prior = 3
  case binarization = 4
  case decoding = 5
  case strokes = 6
  case splitting = 7
  case restarts = 8
  case annealing = 9
  case comparison = 12
  case furtherDecoding = 13
  /// Layers that draw take the streams from here up, one each.
  case layers = 1024
}
