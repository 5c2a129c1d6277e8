import Glibc
import Tensors
import Testing

@testable import Variational

@Suite struct TailIndexTests {
  @Test func tailIsAFifthOrThreeRoots() {
    #expect(TailIndex.tail(of: 20) == nil)
    #expect(TailIndex.tail(of: 21) == 5)
    #expect(TailIndex.tail(of: 100) == 20)
    #expect(TailIndex.tail(of: 5000) == 213)
  }

  /// Quantiles of generalised Pareto distributions: the fit finds the shape, shrunk towards 1/2.
  @Test(arguments: [-0.3, 0, 0.3, 0.7, 1.2]) func fitFindsTheShape(shape: Double) {
    let count = 2000
    let draws = (1...count).map { i -> Double in
      let u = (Double(i) - 0.5) / Double(count)
      return shape == 0 ? -log1p(-u) : (pow(1 - u, -shape) - 1) / shape
    }
    let expected = (shape * Double(count) + 5) / Double(count + 10)
    #expect((TailIndex.fit(exceedances: draws) - expected).magnitude < 0.03)
  }

  @Test func endsOfTheScale() {
    #expect(TailIndex.fit(logWeights: [-3, -3, -3, -3, -3, -3]) == 0)
    #expect(TailIndex.fit(logWeights: [-9000, -8000, -7000, -6000, -5000, 0]) == .infinity)
    #expect(
      TailIndex.fit(logWeights: [-.infinity, -.infinity, -2, -1, 0]) == .infinity)
  }

  /// The index does not depend on the scale of the weights.
  @Test func scaleDoesNotMatter() {
    let weights = (0..<50).map { 0.1 * Double($0) }
    let far = TailIndex.fit(logWeights: weights.map { $0 - 5000 })
    #expect((far - TailIndex.fit(logWeights: weights)).magnitude < 1e-9)
  }

  @Test func heapKeepsTheLargest() {
    var heap = LargestValues(5)
    let values = (0..<200).map { Double($0 * 67 % 199) }
    for value in values { heap.add(value) }
    #expect(heap.sorted == Array(values.sorted().suffix(5)))
  }

  @Test(arguments: ["linear_gaussian", "linear_gaussian_heavy_tail"])
  func findsTheKnownIndexOfALinearGaussianModel(name: String) throws {
    let reference = try LinearGaussianReference(name)
    let known = try reference.note("tailIndex")
    let indices = try withTeam { team in
      try Evaluation(try reference.exact.model(), samples: 20_000, seed: 0).logLikelihood(
        of: reference.data, rows: reference.rows, team: team
      ).tailIndex
    }
    // The tail of finitely many weights is not quite Pareto's: its logarithms have a correction
    // that falls slowly.
    #expect((try #require(indices).mean - known).magnitude < 0.08)
  }

  @Test func thereIsNoneForFewSamples() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let answer = try withTeam { team in
      try Evaluation(try reference.exact.model(), samples: 20, seed: 0).logLikelihood(
        of: reference.data, rows: [0, 1], team: team)
    }
    #expect(answer.tailIndex == nil)
  }
}
