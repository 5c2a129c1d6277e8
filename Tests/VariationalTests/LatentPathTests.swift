import Glibc
import JSON
import References
import Tensors
import Testing

@testable import Variational

@Suite struct InterpolationTests {
  private let first: [Float] = [0.3, -1.7, 0.1]
  private let last: [Float] = [2.5, 0.4, -0.9]

  @Test(arguments: [Interpolation.linear, .spherical])
  func endsAreWhatWasGivenToTheBit(_ kind: Interpolation) {
    let path = kind.path(from: first, to: last, steps: 7)
    #expect(path.shape == [7, 3])
    #expect(Array(path.values.prefix(3)) == first)
    #expect(Array(path.values.suffix(3)) == last)
  }

  @Test func straightPathsHaveTheMeanInTheMiddle() {
    let middle = Interpolation.linear.path(from: first, to: last, steps: 3).values[3..<6]
    for (x, (a, b)) in zip(middle, zip(first, last)) {
      #expect(abs(x - (a + b) / 2) < 1e-6)
    }
  }

  @Test func sphericalPathsTurnAtOneSpeedAndKeepTheLength() {
    // From 2 e_1 to 2 e_2: a quarter of a circle, divided into three equal angles.
    let path = Interpolation.spherical.path(from: [2, 0], to: [0, 2], steps: 4).values
    for step in 0..<4 {
      let angle = Double(step) * Double.pi / 6
      #expect(abs(Double(path[2 * step]) - 2 * cos(angle)) < 1e-6)
      #expect(abs(Double(path[2 * step + 1]) - 2 * sin(angle)) < 1e-6)
    }
  }

  @Test(arguments: [([0, 0], [1, 2]), ([1, 2], [2, 4]), ([1, 2], [-1, -2])])
  func sphericalPathsAreStraightWhereThereIsNoSingleCircle(_ first: [Float], _ last: [Float]) {
    let spherical = Interpolation.spherical.path(from: first, to: last, steps: 5)
    #expect(spherical == Interpolation.linear.path(from: first, to: last, steps: 5))
  }
}

@Suite struct TraversalTests {
  @Test func movesOneLatentAndLeavesTheOthers() throws {
    let model = try Small.model("plain")
    let path = model.traversal(of: [2, 0], around: [7, 8, 9], from: -1, to: 1, steps: 3)
    #expect(path.shape == [2, 3, 3])
    #expect(path.values == [7, 8, -1, 7, 8, 0, 7, 8, 1, -1, 8, 9, 0, 8, 9, 1, 8, 9])
  }
}

@Suite struct ManifoldTests {
  /// scipy.stats.norm.ppf([0.1, 0.3, 0.5, 0.7, 0.9]).
  static let quantiles = [
    -1.2815515655446004, -0.5244005127080409, 0, 0.5244005127080407, 1.2815515655446004,
  ]

  @Test func standsOnTheQuantilesOfTheNormal() throws {
    let grid = try Small.model("plain").manifold(
      across: 0, down: 2, around: [0, 5, 0], steps: 5)
    #expect(grid.shape == [5, 5, 3])
    for row in 0..<5 {
      for column in 0..<5 {
        let point = grid.values[(row * 5 + column) * 3..<(row * 5 + column + 1) * 3]
        #expect(abs(Double(point[point.startIndex]) - Self.quantiles[column]) < 1e-7)
        #expect(point[point.startIndex + 1] == 5)
        #expect(abs(Double(point[point.startIndex + 2]) - Self.quantiles[row]) < 1e-7)
      }
    }
  }

  @Test(arguments: [1e-6, 0.025, 0.31, 0.5, 0.8413447460685429, 0.999])
  func quantilesInvertTheDistribution(_ p: Double) {
    #expect(abs(0.5 * erfc(-normalQuantile(p) / 2.squareRoot()) - p) < 1e-12)
  }
}

@Suite struct PrincipalComponentTests {
  @Test func findsWhatACovarianceIsMadeOf() throws {
    // C = 9 u u^T + 4 v v^T + 1 w w^T, with u = (2, 2, 1) / 3, v = (-2, 1, 2) / 3, w = (1, -2, 2) /
    // 3.
    let axes: [[Double]] = [[2, 2, 1], [-2, 1, 2], [1, -2, 2]].map { $0.map { $0 / 3 } }
    let variances = [9.0, 4, 1]
    var covariance = [Double](repeating: 0, count: 9)
    for (axis, variance) in zip(axes, variances) {
      for i in 0..<3 { for j in 0..<3 { covariance[3 * i + j] += variance * axis[i] * axis[j] } }
    }
    let found = try PrincipalComponents(covariance: covariance, mean: [0, 0, 0])
    for (got, expected) in zip(found.variances, variances) { #expect(abs(got - expected) < 1e-12) }
    for (place, (got, axis)) in zip(found.directions, axes).enumerated() {
      let sign = zip(got, axis).reduce(0) { $0 + $1.0 * $1.1 } < 0 ? -1.0 : 1
      for (x, y) in zip(got, axis) { #expect(abs(x - sign * y) < 1e-12, "axis \(place)") }
      #expect((got.max { $0.magnitude < $1.magnitude } ?? 0) > 0)
    }
  }

  /// numpy.linalg.eigh of the unbiased covariance of these four rows.
  @Test func takesTheCovarianceOfRowsAroundTheirMean() throws {
    let rows = Tensor([4, 2], [1, 10, 2, 14, 3, 12, 6, 16])
    let found = try PrincipalComponents(rows)
    #expect(found.mean == [3, 13])
    // Covariance [[14, 14], [14, 20]] / 3: eigenvalues (17 ± sqrt(205)) / 3.
    let root = 205.0.squareRoot()
    #expect(abs(found.variances[0] - (17 + root) / 3) < 1e-12)
    #expect(abs(found.variances[1] - (17 - root) / 3) < 1e-12)
    let scores = found.scores(of: rows, along: 0)
    let variance = scores.reduce(0) { $0 + $1 * $1 } / 3
    #expect(abs(variance - found.variances[0]) < 1e-12)
    #expect(abs(scores.reduce(0, +)) < 1e-12)
  }

  @Test func survivesRowsThatDoNotVary() throws {
    let found = try PrincipalComponents(Tensor([3, 3], [Float](repeating: 2, count: 9)))
    #expect(found.variances == [0, 0, 0])
    #expect(found.directions == [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
  }

  @Test func keepsTheSumOfVariancesAndRightAnglesInManyColumns() throws {
    let (count, width) = (60, 40)
    let rows = Tensor([count, width], numbers(count * width, seed: 5))
    let found = try PrincipalComponents(rows)
    let total = (0..<width).reduce(0.0) { sum, column in
      let values = (0..<count).map { Double(rows.values[$0 * width + column]) }
      let mean = values.reduce(0, +) / Double(count)
      return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    }
    #expect(abs(found.variances.reduce(0, +) - total) < 1e-10 * total)
    #expect(found.variances == found.variances.sorted(by: >))
    for i in 0..<width {
      for j in 0...i {
        let product = zip(found.directions[i], found.directions[j]).reduce(0) {
          $0 + $1.0 * $1.1
        }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-10)
      }
    }
  }
}
