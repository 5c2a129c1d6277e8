/// A round pen with a soft edge, which draws line segments on a square of pixels.
struct Pen {
  /// A piece of a stroke, in pixels, with the pen's radius there.
  struct Segment {
    var from: SIMD2<Float>
    var to: SIMD2<Float>
    var radius: Float
  }

  let size: Int
  /// The depth of each pixel's centre within the nearest segment: negative outside.
  private var depth: [Float]
  /// The width in pixels over which ink fades.
  let softness: Float

  init(size: Int, softness: Float) {
    self.size = size
    self.softness = softness
    depth = [Float](repeating: -.infinity, count: size * size)
  }

  /// Draws a segment; visits only the pixels near it.
  mutating func draw(_ segment: Segment) {
    let reach = segment.radius + softness
    let low = pointwiseMin(segment.from, segment.to) - reach
    let high = pointwiseMax(segment.from, segment.to) + reach
    let left = max(0, Int(low.x))
    let right = min(size - 1, Int(high.x))
    let top = max(0, Int(low.y))
    let bottom = min(size - 1, Int(high.y))
    guard left <= right, top <= bottom else { return }
    let along = segment.to - segment.from
    let square = (along * along).sum()
    let inverse = square > 0 ? 1 / square : 0
    for y in top...bottom {
      for x in left...right {
        let offset = SIMD2(Float(x) + 0.5, Float(y) + 0.5) - segment.from
        let share = min(1, max(0, (offset * along).sum() * inverse))
        let away = offset - share * along
        let inside = segment.radius - (away * away).sum().squareRoot()
        if inside > depth[y * size + x] { depth[y * size + x] = inside }
      }
    }
  }

  /// The grey levels: 255 within the ink, 0 outside, half at its edge.
  func appendPixels(to bytes: inout [UInt8]) {
    let slope = 255 / softness
    for depth in depth { bytes.append(UInt8(min(255, max(0, 127.5 + depth * slope)))) }
  }
}
