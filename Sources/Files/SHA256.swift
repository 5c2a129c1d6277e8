import CNettle
import JSON

/// Computes the SHA-256 digest of bytes in pieces (FIPS 180-4), with nettle.
package struct SHA256: Sendable {
  private var context = sha256_ctx()
  /// The number of bytes so far.
  package private(set) var count = 0

  package init() { nettle_sha256_init(&context) }

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    nettle_sha256_update(&context, bytes.count, base.assumingMemoryBound(to: UInt8.self))
    count += bytes.count
  }

  /// Adds the bytes of an array of numbers.
  package mutating func update<T: BitwiseCopyable>(_ values: [T]) {
    values.withUnsafeBytes { update($0) }
  }

  /// Adds the bytes of a long array, and calls `checkpoint` between pieces.
  package mutating func update<T: BitwiseCopyable>(
    _ values: [T], checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    for start in stride(from: 0, to: values.count, by: Self.piece) {
      try checkpoint()
      values.withUnsafeBufferPointer { all in
        let end = min(start + Self.piece, all.count)
        update(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[start..<end])))
      }
    }
  }

  /// The number of values between two checkpoints.
  private static let piece = 1 << 22

  /// Returns the digest in 64 hexadecimal digits, and starts again.
  package mutating func finish() -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
    nettle_sha256_digest(&context, digest.count, &digest)
    count = 0
    let digits = Array("0123456789abcdef".utf8)
    let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// Returns the digest of one array of numbers, in hexadecimal.
  package static func hex<T: BitwiseCopyable>(_ values: [T]) -> String {
    var digest = SHA256()
    digest.update(values)
    return digest.finish()
  }
}
