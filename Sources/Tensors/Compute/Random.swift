import CKernels

/// Counter-based random numbers, Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", 2011).
///
/// A number depends only on (seed, stream, update, row, sample, column): not on the order of the
/// batch, the shards or the threads. The key is the seed's 53 bits and 11 bits of stream; `Purpose`
/// names the streams.
public struct Random: Sendable, Equatable {
  /// The key of all numbers.
  public let seed: UInt64
  /// The stream: numbers of two streams are independent.
  public let stream: UInt32
  /// The upper 4 bits of every counter's first word.
  private let part: UInt32

  /// The numbers of a purpose; for a purpose of layers, those of the layer at position `layer` of a
  /// stack.
  public init(seed: Int, _ purpose: Purpose, layer: Int = 0) {
    self.seed = UInt64(seed)
    (stream, part) = purpose.stream(of: layer)
  }

  private var key: (UInt32, UInt32) {
    (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32) | stream << 21)
  }

  /// Returns the generator's block at a counter, which is four words.
  public func words(_ a: UInt32, _ b: UInt32 = 0, _ c: UInt32 = 0, _ d: UInt32 = 0)
    -> (UInt32, UInt32, UInt32, UInt32)
  {
    var counter = (a ^ part << 28, b, c, d)
    var key = key
    var out: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    withUnsafeBytes(of: &counter) { counter in
      withUnsafeBytes(of: &key) { key in
        withUnsafeMutableBytes(of: &out) { out in
          elbo_philox(
            counter.assumingMemoryBound(to: UInt32.self).baseAddress,
            key.assumingMemoryBound(to: UInt32.self).baseAddress,
            out.assumingMemoryBound(to: UInt32.self).baseAddress)
        }
      }
    }
    return out
  }

  /// Returns an integer from 0 to `bound` - 1 with negligible bias: 64 random bits times the bound.
  public func integer(below bound: Int, at index: Int, update: UInt32 = 0) -> Int {
    let w = words(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), update)
    let word = UInt64(w.0) << 32 | UInt64(w.1)
    return Int(word.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Returns a permutation of 0 ..< count (Fisher and Yates), a different one for each `update`.
  public func permutation(_ count: Int, update: UInt32 = 0) -> [UInt32] {
    var order = (0..<UInt32(count)).map { $0 }
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, integer(below: i + 1, at: i, update: update))
    }
    return order
  }

  /// Standard normal numbers: row r * samples + s of `block` holds sample `firstSample` + s of the
  /// example named `rows`[r]. The block may be part of wider rows, from column `firstColumn` on, a
  /// multiple of 4.
  public func normal(
    into block: Block, rows: UnsafePointer<UInt32>, samples: Int = 1, firstSample: Int = 0,
    update: UInt32 = 0, firstColumn: Int = 0
  ) {
    var draws = self.draws(block, rows, samples, firstSample, update)
    draws.firstBlock ^= UInt32(truncatingIfNeeded: firstColumn / 4)
    elbo_normal(&draws, block.columns, block.stride, block.base)
  }

  /// Writes numbers uniform on (0, 1), in the same order. The block may be part of wider rows, from
  /// column `firstColumn` on, a multiple of 4.
  public func uniform(
    into block: Block, rows: UnsafePointer<UInt32>, samples: Int = 1, firstSample: Int = 0,
    update: UInt32 = 0, firstColumn: Int = 0
  ) {
    var draws = self.draws(block, rows, samples, firstSample, update)
    draws.firstBlock ^= UInt32(truncatingIfNeeded: firstColumn / 4)
    elbo_uniform(&draws, block.columns, block.stride, block.base)
  }

  private func draws(
    _ block: Block, _ rows: UnsafePointer<UInt32>, _ samples: Int, _ firstSample: Int,
    _ update: UInt32
  ) -> elbo_draws {
    elbo_draws(
      key: key, update: update, firstSample: UInt32(firstSample), samples: UInt32(samples),
      rows: block.rows / samples, row: rows, firstBlock: part << 28)
  }
}
