import Tensors

/// Draws digit number `index` of a seed; the seed determines the variant, slant, steadiness and
/// pen.
///
/// It uses only plain arithmetic and square roots, so that every machine draws the same bytes.
struct Hand {
  private let random: Random
  private let index: Int
  private var block: UInt32 = 0
  private var words: [UInt32] = []

  init(_ random: Random, index: Int) {
    self.random = random
    self.index = index
  }

  /// Returns a number uniform on [0, 1).
  private mutating func uniform() -> Float {
    if words.isEmpty {
      let low = UInt32(truncatingIfNeeded: index)
      let w = random.words(low, UInt32(truncatingIfNeeded: index >> 32), block)
      words = [w.3, w.2, w.1, w.0]
      block += 1
    }
    return Float(words.removeLast() >> 8) * 0x1p-24
  }

  private mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
  }

  /// Returns an approximately standard normal number, never beyond 3: the sum of three uniforms.
  private mutating func wobble() -> Float { 2 * (uniform() + uniform() + uniform() - 1.5) }

  /// Appends size x size grey levels.
  mutating func draw(_ variants: [Glyph], size: Int, to bytes: inout [UInt8]) {
    let glyph = variants[min(variants.count - 1, Int(uniform() * Float(variants.count)))]
    let radius = 1.36 + 0.26 * wobble()
    let pressure = 0.12 * wobble()
    let points = place(glyph, radius: radius, size: Float(size))
    var pen = Pen(size: size, softness: 1.25)
    for stroke in glyph.strokes {
      let path = Self.smooth(stroke.map { points[$0] })
      for (step, (from, to)) in zip(path, path.dropFirst()).enumerated() {
        let share = Float(step) / Float(path.count) - 0.5
        pen.draw(Pen.Segment(from: from, to: to, radius: radius * (1 + pressure * share)))
      }
    }
    pen.appendPixels(to: &bytes)
  }

  /// Returns the glyph's points in pixels: jittered, distorted, and placed like MNIST's digits, in
  /// a box of 20 of 28 pixels with the centre of the ink in the centre of the picture.
  private mutating func place(_ glyph: Glyph, radius: Float, size: Float) -> [SIMD2<Float>] {
    let aspect = (0.72 + 0.09 * wobble()) * min(1, glyph.width + 0.25)
    let slant = 0.18 + 0.2 * wobble()
    // The tangent of half the angle gives sine and cosine without a library's last bits.
    let half = 0.05 * wobble()
    let sine = 2 * half / (1 + half * half)
    let cosine = (1 - half * half) / (1 + half * half)
    let bend = SIMD2(0.1 * wobble(), 0.08 * wobble())
    var points: [SIMD2<Float>] = []
    for point in glyph.points {
      var p = point - 0.5 + SIMD2(0.028 * wobble(), 0.028 * wobble())
      // A bend over the whole digit, as from a turning wrist.
      p += bend * (4 * SIMD2(p.y * p.y, p.x * p.x) - 0.5)
      p.x *= aspect
      p.x -= slant * p.y
      points.append(SIMD2(cosine * p.x - sine * p.y, sine * p.x + cosine * p.y))
    }
    let low = points.reduce(points[0]) { pointwiseMin($0, $1) }
    let high = points.reduce(points[0]) { pointwiseMax($0, $1) }
    let box = size * 20 / 28 * (0.98 - 0.1 * uniform()) - 2 * radius
    let scale = box / max(high.x - low.x, high.y - low.y)
    var middle = SIMD2<Float>.zero
    var length: Float = 0
    for stroke in glyph.strokes {
      for (a, b) in zip(stroke, stroke.dropFirst()) {
        let along = points[b] - points[a]
        let part = (along * along).sum().squareRoot()
        middle += part / 2 * (points[a] + points[b])
        length += part
      }
    }
    middle /= length
    var centre = size / 2 + SIMD2(0.5 * wobble(), 0.5 * wobble())
    // Moves a digit whose ink lies to one side back from the edge.
    let room = radius + 2
    let left = (low - middle) * scale + centre
    let right = (high - middle) * scale + centre
    centre += pointwiseMax(.zero, room - left) - pointwiseMax(.zero, right - (size - room))
    return points.map { ($0 - middle) * scale + centre }
  }

  /// Returns points along a smooth curve through `points` (Catmull and Rom, 1974), about two pixels
  /// apart.
  private static func smooth(_ points: [SIMD2<Float>]) -> [SIMD2<Float>] {
    let last = points.count - 1
    let isLoop = points[0] == points[last]
    var path = [points[0]]
    for i in 0..<last {
      let a = points[i]
      let b = points[i + 1]
      let before = i > 0 ? points[i - 1] : isLoop ? points[last - 1] : a
      let after = i + 1 < last ? points[i + 2] : isLoop ? points[1] : b
      let start = (b - before) / 2
      let end = (after - a) / 2
      let along = b - a
      let steps = max(1, Int((along * along).sum().squareRoot() / 1.6))
      for step in 1...steps {
        let t = Float(step) / Float(steps)
        let s = 1 - t
        let ends = s * s * (1 + 2 * t) * a + t * t * (1 + 2 * s) * b
        path.append(ends + s * s * t * start - t * t * s * end)
      }
    }
    return path
  }
}
