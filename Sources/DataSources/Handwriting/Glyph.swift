/// One form of a digit.
struct Glyph: Sendable {
  /// Every point once, so that strokes that meet stay joined when points are moved.
  let points: [SIMD2<Float>]
  /// The indices of each stroke's points, in order.
  let strokes: [[Int]]
  /// The width of the box, for a height of 1.
  let width: Float

  init(_ strokes: [SIMD2<Float>]..., width: Float = 1) {
    var points: [SIMD2<Float>] = []
    var numbered: [[Int]] = []
    for stroke in strokes {
      var numbers: [Int] = []
      for point in stroke.map({ $0 / 100 }) {
        let known = points.firstIndex(of: point)
        numbers.append(known ?? points.count)
        if known == nil { points.append(point) }
      }
      numbered.append(numbers)
    }
    self.points = points
    self.strokes = numbered
    self.width = width
  }
}
