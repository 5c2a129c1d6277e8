/// Returns the bytes of a little-endian number.
package func little(_ value: UInt64, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(value >> (8 * $0) & 255) }
}
