/// Between what the values of rows lie, and of what kind they are.
struct Spread: Sendable, Equatable {
  var minimum: Float
  var maximum: Float
  /// All are whole numbers from 0 to 255.
  var areBytes = true
  /// All are 0 or 1.
  var areBinary: Bool
  /// None is NaN or infinite.
  var areFinite = true

  init(_ storage: Storage) {
    switch storage {
    case .bytes(let values): self.init(values)
    case .floats(let values): self.init(values)
    }
  }

  private init(_ values: [UInt8]) {
    // Reductions without an early exit vectorise.
    minimum = Float(values.reduce(UInt8.max) { min($0, $1) })
    maximum = Float(values.reduce(UInt8.min) { max($0, $1) })
    areBinary = maximum <= 1
  }

  private init(_ values: [Float]) {
    // Eight lanes by hand: a plain minimum does not vectorise, since it must keep NaN in its order.
    var least = SIMD8<Float>(repeating: .infinity)
    var greatest = -least
    var notByte = SIMD8<Int32>.zero
    var notBit = SIMD8<Int32>.zero
    var notFinite = SIMD8<Int32>.zero
    let one = SIMD8<Int32>(repeating: 1)
    func take(_ x: SIMD8<Float>) {
      least.replace(with: x, where: x .< least)
      greatest.replace(with: x, where: x .> greatest)
      let isByte = (x .>= 0) .& (x .<= 255) .& (x.rounded(.towardZero) .== x)
      notByte.replace(with: one, where: .!isByte)
      notBit.replace(with: one, where: .!((x .== 0) .| (x .== 1)))
      notFinite.replace(with: one, where: .!(x - x .== 0))
    }
    let whole = values.count / 8 * 8
    values.withUnsafeBytes { raw in
      for position in stride(from: 0, to: whole, by: 8) {
        take(raw.loadUnaligned(fromByteOffset: 4 * position, as: SIMD8<Float>.self))
      }
    }
    for position in whole..<values.count { take(SIMD8(repeating: values[position])) }
    minimum = least.min()
    maximum = greatest.max()
    areBytes = notByte.max() == 0
    areBinary = notBit.max() == 0
    areFinite = notFinite.max() == 0
  }
}
