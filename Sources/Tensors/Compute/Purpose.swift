/// What random numbers are used for. Each purpose draws from its own streams, so that purposes are
/// independent; all streams are listed here.
///
/// Most purposes have one stream, the raw value. Those of layers and augmentations have a range
/// that begins with the raw value: one stream for each, by position.
public enum Purpose: UInt32, Sendable, CaseIterable {
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
  /// Augmentations of a trainer: 64 ..< 80.
  case augmentations = 64
  /// Layers of the encoder: 1024 ..< 1280.
  case encoderLayers = 1024
  /// The same layers, for the rows that a prior encodes: 1280 ..< 1536.
  case encodedInputLayers = 1280
  /// Layers of the decoder: 1536 ..< 2048.
  case decoderLayers = 1536

  /// The number of streams of a key: 11 bits.
  static let allStreams: UInt32 = 2048
  /// The number of parts of a stream: 4 bits of a counter, which no row of at most 2^30 columns
  /// reaches.
  static let partsPerStream: UInt32 = 16
  /// The maximum number of layers in a stack with their own random numbers.
  public static let mostLayers = Int(256 * partsPerStream)

  /// The streams of this purpose.
  var streams: Range<UInt32> {
    switch self {
    case .augmentations: rawValue..<rawValue + 16
    case .encoderLayers, .encodedInputLayers: rawValue..<rawValue + 256
    case .decoderLayers: rawValue..<rawValue + 512
    default: rawValue..<rawValue + 1
    }
  }

  /// Returns the stream of the layer at `place`. Layers after the last stream start again at the
  /// first one, in its next part.
  func stream(of place: Int) -> (stream: UInt32, part: UInt32) {
    let (part, index) = UInt32(place).quotientAndRemainder(dividingBy: UInt32(streams.count))
    precondition(part < Self.partsPerStream, "more layers than there are streams")
    return (rawValue + index, part)
  }
}
