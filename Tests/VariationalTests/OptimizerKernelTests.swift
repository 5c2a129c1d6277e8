import References
import Testing

@testable import Variational

/// Properties of the kernels of every registered optimizer: a new one needs no addition here.
@Suite struct EveryOptimizer {
  private static let length = 64

  /// Returns the parameters and the slots, in which squares are not negative.
  private func start(_ optimizer: any OptimizerModule) -> [[Float]] {
    (0...optimizer.slots).map { index in
      let values = numbers(Self.length, seed: UInt64(index))
      return optimizer.squares.contains(index - 1) ? values.map(\.magnitude) : values
    }
  }

  /// Returns `arrays`, the parameters and the slots, after a step of `part`.
  private func step(
    _ optimizer: any OptimizerModule, _ arrays: [[Float]], _ part: Range<Int>,
    gradient: [Float] = numbers(length, seed: 9), scale: Float = -0.5
  ) -> [[Float]] {
    let count = arrays[0].count
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: arrays.count * count)
    defer { memory.deallocate() }
    for (index, array) in arrays.enumerated() {
      (memory + index * count).initialize(from: array, count: count)
    }
    gradient.withUnsafeBufferPointer { gradient in
      guard let gradient = gradient.baseAddress else { return }
      optimizer.step(
        update: 7, count: part.count, parameters: memory + part.lowerBound,
        gradient: gradient + part.lowerBound, scale: scale,
        slots: (1..<arrays.count).map { memory + $0 * count + part.lowerBound })
    }
    return arrays.indices.map { index in (0..<count).map { memory[index * count + $0] } }
  }

  @Test func everyTypeHasAVariant() throws {
    let types = try OptimizerKind.variants().map { type(of: $0).type }
    #expect(Set(types) == Set(OptimizerKind.registry.rows.map(\.type)))
  }

  @Test(arguments: try OptimizerKind.variants())
  func anElementDoesNotDependOnItsPlace(optimizer: any OptimizerModule) {
    let before = start(optimizer)
    let whole = step(optimizer, before, 0..<37)
    for i in 0..<37 {
      let alone = step(optimizer, before, i..<i + 1)
      for (all, one) in zip(whole, alone) { #expect(all[i] == one[i]) }
    }
  }

  @Test(arguments: try OptimizerKind.variants())
  func nothingElseIsWritten(optimizer: any OptimizerModule) {
    let before = start(optimizer)
    for count in 0...33 {
      let after = step(optimizer, before, 3..<3 + count)
      for (was, now) in zip(before, after) {
        #expect(was[..<3] == now[..<3] && was[(3 + count)...] == now[(3 + count)...])
      }
      #expect((3..<3 + count).allSatisfy { before[0][$0] != after[0][$0] })
    }
  }

  @Test(arguments: try OptimizerKind.variants())
  func nothingBehindTheEndIsRead(optimizer: any OptimizerModule) throws {
    for count in 0...33 {
      let arrays = try start(optimizer).map { try GuardedArray(Array($0.prefix(count))) }
      let gradient = try GuardedArray(numbers(count, seed: 9))
      optimizer.step(
        update: 7, count: count, parameters: arrays[0].base, gradient: gradient.base, scale: 1,
        slots: arrays.dropFirst().map(\.base))
      #expect(arrays.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    }
  }

  @Test(arguments: try OptimizerKind.variants())
  func theScaleMultipliesTheGradient(optimizer: any OptimizerModule) {
    let before = start(optimizer)
    let gradient = numbers(Self.length, seed: 10)
    for scale: Float in [-1, 0.25] {
      #expect(
        step(optimizer, before, 0..<Self.length, gradient: gradient, scale: scale)
          == step(
            optimizer, before, 0..<Self.length, gradient: gradient.map { scale * $0 }, scale: 1))
    }
  }

  @Test(arguments: try OptimizerKind.variants())
  func theFirstStepGoesDownhill(optimizer: any OptimizerModule) {
    let gradient = numbers(Self.length, seed: 11)
    let zeros = [[Float]](
      repeating: [Float](repeating: 0, count: Self.length), count: 1 + optimizer.slots)
    let after = step(optimizer, zeros, 0..<Self.length, gradient: gradient, scale: 1)[0]
    for (moved, slope) in zip(after, gradient) { #expect(moved * slope < 0) }
  }
}
