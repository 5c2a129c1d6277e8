import Glibc

/// y = scale x + offset.
struct AffineMap: ColumnMap {
  var scale: Double
  var offset: Double

  func value(_ x: Double) -> Double { scale * x + offset }
  func original(_ y: Double) -> Double { (y - offset) / scale }
  func logSlope(_ x: Double) -> Double { log(scale) }
  func contains(_ x: Double) -> Bool { x.isFinite }
  var domain: String { "a finite number" }

  /// Returns the map that applies `next` to the result of this one.
  func then(_ next: AffineMap) -> AffineMap {
    AffineMap(scale: next.scale * scale, offset: next.scale * offset + next.offset)
  }
}
