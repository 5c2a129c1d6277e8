import JSON

/// The range and the kind of the rows' values.
struct Spread: Sendable, Equatable {
  var minimum: Float
  var maximum: Float
  /// Whether all are integers from 0 to 255.
  var areBytes = true
  /// Whether all are 0 or 1.
  var areBinary: Bool
  /// Whether none is NaN or infinite.
  var areFinite = true

  init(_ storage: Storage, _ checkpoint: () throws(Fault) -> Void) throws(Fault) {
    var keys = Keys()
    switch storage {
    case .bytes(let values):
      try self.init(values, checkpoint)
      return
    case .floats(let values):
      try forEachPiece(of: values.count, checkpoint) { piece in
        values.withUnsafeBufferPointer { keys.take(UnsafeBufferPointer(rebasing: $0[piece])) }
      }
    case .sparse(let rows):
      try forEachPiece(of: rows.stored, checkpoint) { piece in
        rows.values.withUnsafeBufferPointer { keys.take(UnsafeBufferPointer(rebasing: $0[piece])) }
      }
      if rows.stored < rows.count {
        withUnsafePointer(to: Float(0)) { keys.take(UnsafeBufferPointer(start: $0, count: 1)) }
      }
    case .stored(let rows):
      try rows.forEachPart { (part) throws(Fault) in
        try checkpoint()
        keys.take(UnsafeBufferPointer(part))
      }
    }
    self.init(keys)
  }

  private init(_ values: [UInt8], _ checkpoint: () throws(Fault) -> Void) throws(Fault) {
    var (least, greatest) = (UInt8.max, UInt8.min)
    try forEachPiece(of: values.count, checkpoint) { piece in
      values.withUnsafeBufferPointer {
        let part = UnsafeBufferPointer(rebasing: $0[piece])
        // Reductions without an early exit are vectorised.
        least = part.reduce(least) { min($0, $1) }
        greatest = part.reduce(greatest) { max($0, $1) }
      }
    }
    (minimum, maximum) = (Float(least), Float(greatest))
    areBinary = maximum <= 1
  }

  private init(_ keys: Keys) {
    minimum = Keys.value(keys.least)
    maximum = Keys.value(keys.greatest)
    // The keys of NaN lie beyond those of the infinities.
    areFinite = keys.least > Keys.key(-.infinity) && keys.greatest < Keys.key(.infinity)
    areBytes = areFinite && keys.fractions == 0 && minimum >= 0 && maximum <= 255
    areBinary = areBytes && maximum <= 1
  }
}

/// The extremes of floats as integers that sort as the floats do: a minimum of floats is not
/// vectorised, because of NaN.
private struct Keys {
  var least = Int32.max
  var greatest = Int32.min
  var fractions: UInt32 = 0

  mutating func take(_ values: UnsafeBufferPointer<Float>) {
    var (least, greatest, fractions) = (least, greatest, fractions)
    for value in values {
      let key = Self.key(value)
      least = min(least, key)
      greatest = max(greatest, key)
      // Adding 2^23 leaves a float32 from 0 to 2^23 no bits for a fraction.
      fractions |= ((value + 0x1p23) - 0x1p23).bitPattern ^ value.bitPattern
    }
    (self.least, self.greatest, self.fractions) = (least, greatest, fractions)
  }

  static func key(_ value: Float) -> Int32 {
    let bits = Int32(bitPattern: value.bitPattern)
    return bits ^ (bits >> 31 & .max)
  }

  static func value(_ key: Int32) -> Float {
    Float(bitPattern: UInt32(bitPattern: key ^ (key >> 31 & .max)))
  }
}
