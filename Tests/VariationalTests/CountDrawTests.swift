import Declarations
import Glibc
import JSON
import Tensors
import Testing

@testable import Variational

/// Draws of one distribution, which are compared with its distribution function.
private struct Sample {
  let draws: [Double]
  /// The average number of generator blocks of a draw.
  let blocks: Double

  /// Makes `count` draws; u is, as in `Random.uniform`, an odd multiple of 2^-24.
  init(_ count: Int, seed: Int, _ draw: (Double, inout RandomSequence) -> Double) {
    let random = Random(seed: seed, .furtherDecoding)
    let first = Random(seed: seed, .decoding)
    var blocks = 0
    draws = (0..<count).map { index in
      let u = (Double(first.words(UInt32(index)).0 >> 9) + 0.5) * 0x1p-23
      var further = RandomSequence(random, row: UInt32(index), column: 3)
      defer { blocks += Int(further.blocks) }
      return draw(u, &further)
    }
    self.blocks = Double(blocks) / Double(count)
  }

  /// Returns (chi-square - degrees of freedom) / its deviation, with bins between edges at which
  /// `below`, the distribution function, has grown by at least 1/40.
  func misfit(edges: [Double], _ below: (Double) -> Double) -> Double {
    var bins: [(edge: Double, expected: Double)] = []
    var last = 0.0
    for edge in edges {
      let here = below(edge)
      if (here - last) * Double(draws.count) >= max(10, Double(draws.count) / 40), 1 - here > 1e-4 {
        bins.append((edge, here - last))
        last = here
      }
    }
    bins.append((.infinity, 1 - last))
    var seen = [Double](repeating: 0, count: bins.count)
    for draw in draws { seen[bins.firstIndex { draw <= $0.edge } ?? bins.count - 1] += 1 }
    let square = zip(seen, bins).reduce(0.0) { sum, bin in
      let expected = bin.1.expected * Double(draws.count)
      return sum + (bin.0 - expected) * (bin.0 - expected) / expected
    }
    let freedom = Double(max(1, bins.count - 1))
    return (square - freedom) / (2 * freedom).squareRoot()
  }

  /// Returns the errors of mean and variance in standard errors.
  func moments(mean: Double, variance: Double, fourth: Double) -> (mean: Double, variance: Double) {
    let count = Double(draws.count)
    let average = draws.reduce(0) { $0 + ($1 - mean) } / count
    let square = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return (
      average / (variance / count).squareRoot(),
      (square - variance) / ((fourth - variance * variance) / count).squareRoot()
    )
  }
}

/// Returns the distribution function at each count from 0, by the ratio of successive masses, which
/// needs no gamma function.
private func cumulative(_ first: Double, to count: Int, _ ratio: (Double) -> Double) -> [Double] {
  var (masses, mass) = ([first], first)
  for k in 0..<count {
    mass *= ratio(Double(k))
    masses.append(mass)
  }
  let total = masses.reduce(0, +)
  var sum = 0.0
  return masses.map {
    sum += $0
    return sum / total
  }
}

/// Returns the regularised incomplete gamma function P(s, x), by its series.
private func incompleteGamma(_ s: Double, _ x: Double) -> Double {
  guard x > 0 else { return 0 }
  var (term, sum, k) = (1 / s, 1 / s, s)
  while term > sum * 1e-16 {
    k += 1
    term *= x / k
    sum += term
  }
  return min(1, sum * exp(s * log(x) - x - lgamma(s)))
}

private let draws = environmentIsLong ? 2_000_000 : 100_000
private var environmentIsLong: Bool { getenv("ELBO_LONG") != nil }

@Suite struct CountDraws {
  @Test(arguments: [1e-3, 0.1, 1, 3, 9.99, 10.01, 11.5, 30, 100, 1e3, 1e4])
  func poissonOfAMeanThatCanBeSummedUp(mean: Double) {
    let sample = Sample(draws, seed: 1) { poissonDraw($0, mean, &$1) }
    // From the mass at zero if that is representable; relative to it otherwise.
    let most = Int(mean + 12 * mean.squareRoot() + 20)
    let shift = mean > 600 ? Int(mean - 12 * mean.squareRoot()) : 0
    let below = cumulative(1, to: most - shift) { mean / (Double(shift) + $0 + 1) }
    let edges = below.indices.map { Double($0 + shift) }
    #expect(sample.misfit(edges: edges) { below[Int($0) - shift] } < 5)
    let off = sample.moments(mean: mean, variance: mean, fourth: mean + 3 * mean * mean)
    #expect(abs(off.mean) < 4.5 && abs(off.variance) < 4.5, "\(off)")
    #expect(sample.blocks < 1.5)
  }

  /// Compared with the normal distribution corrected by the Poisson skewness, whose error is of the
  /// order of 1 / mean.
  @Test(arguments: [1e6, 1e7, 1e9, 1e12, 1e15, 1e18, 1e25, 3e38])
  func poissonOfALargeMean(mean: Double) {
    let sample = Sample(draws, seed: 2) { poissonDraw($0, mean, &$1) - mean }
    let root = mean.squareRoot()
    // Counts are integers, so edges are in the middle between two of them, if representable.
    let edges = (-300...300).map { (mean + Double($0) / 100 * root).rounded() - mean }
    func below(_ edge: Double) -> Double {
      let z = (edge + (mean < 1e14 ? 0.5 : 0)) / root
      let density = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
      return 0.5 * erfc(-z / 2.squareRoot()) - density * (z * z - 1) / (6 * root)
    }
    if mean < 1e20 {
      // Above this mean a double cannot represent the counts around the mean.
      #expect(sample.misfit(edges: edges, below) < 5)
      let off = sample.moments(mean: 0, variance: mean, fourth: 3 * mean * mean)
      #expect(abs(off.mean) < 4.5 && abs(off.variance) < 4.5, "\(off)")
    }
    #expect(sample.draws.allSatisfy { abs($0) < 7 * root + 4e-16 * mean })
    #expect(sample.blocks < 1.5)
  }

  @Test(arguments: [
    (0.5, 0.2), (3, 1.0), (9, 0.1), (9, 1e4), (2, 0.02), (30, 0.5), (40, 7), (1e3, 20),
  ])
  func negativeBinomial(mean: Double, r: Double) {
    let sample = Sample(draws, seed: 3) { negativeBinomialDraw($0, log(mean), log(r), &$1) }
    let variance = mean + mean * mean / r
    let share = mean / (mean + r)
    let below = cumulative(exp(r * log(1 - share)), to: Int(mean + 60 * variance.squareRoot())) {
      ($0 + r) / ($0 + 1) * share
    }
    let edges = below.indices.map(Double.init)
    #expect(sample.misfit(edges: edges) { below[Int($0)] } < 5)
    let excess = 6 / r + 1 / variance
    let fourth = (3 + excess) * variance * variance
    let off = sample.moments(mean: mean, variance: variance, fourth: fourth)
    #expect(abs(off.mean) < 4.5 && abs(off.variance) < 4.5, "\(off)")
    #expect(sample.blocks < 5)
  }

  /// For large means the count approaches gamma(r) / r times the mean.
  @Test(arguments: [1e10, 1e15, 1e37], [0.01, 0.5, 1, 30])
  func negativeBinomialOfALargeMean(mean: Double, r: Double) {
    let sample = Sample(draws, seed: 4) {
      negativeBinomialDraw($0, log(mean), log(r), &$1) / mean * r
    }
    let edges = (-400...400).map { exp(Double($0) / 20) }
    // Below a thousandth of this mean a count may be small.
    let least = 1e-6
    #expect(
      sample.misfit(edges: edges.filter { $0 > least && $0 < 200 }) { incompleteGamma(r, $0) } < 5)
    #expect(sample.blocks < 5)
  }

  /// Closed forms for one, two and four degrees of freedom, and a Gaussian.
  @Test(arguments: [1, 2, 4, 1e6])
  func studentT(freedom: Double) {
    let sample = Sample(draws, seed: 5) {
      (StudentTDensity(freedom: freedom).draw($0, 3, log(2), &$1) - 3) / 2
    }
    let edges = (-400...400).map { sinh(Double($0) / 50) }
    let misfit = sample.misfit(edges: edges) { t in
      switch freedom {
      case 1: 0.5 + atan(t) / Double.pi
      case 2: 0.5 + t / (2 * (2 + t * t).squareRoot())
      case 4:
        0.5 + 0.375 * (t / (1 + t * t / 4).squareRoot())
          * (1 - t * t / (1 + t * t / 4) / 12)
      default: 0.5 * erfc(-t / 2.squareRoot())
      }
    }
    #expect(misfit < 5)
  }

  /// u stands for a cell of 2^-23, which may contain a step: here the last one, a quarter of which
  /// is above it.
  @Test func whereAStepDividesACellIsDrawn() {
    let mean = 0x1p-25
    let poisson = Sample(10_000, seed: 9) { _, further in poissonDraw(1 - 0x1p-24, mean, &further) }
    let binomial = Sample(10_000, seed: 9) { _, further in
      negativeBinomialDraw(1 - 0x1p-24, log(mean), 3, &further)
    }
    for sample in [poisson, binomial] {
      let share = sample.draws.reduce(0, +) / 10_000
      #expect(abs(share - 0.25) < 0.02, "\(share)")
    }
    // Other cells need no further numbers.
    #expect(Sample(10, seed: 9) { _, further in poissonDraw(0.5, mean, &further) }.blocks == 0)
  }

  /// A count for every pair of parameters that float32 can represent, and NaN for parameters that
  /// are NaN, after a few steps.
  @Test func extremes() {
    let parameters: [Double] = [
      -.infinity, -3e38, -800, -104, -87, -20, -1e-30, 0, 1, 20, 60, 88.7, 104, 800, 3e38,
      .infinity,
    ]
    for a in parameters {
      let mean = exp(a)
      let poisson = Sample(200, seed: 6) { PoissonDensity().draw($0, a, 0, &$1) }
      #expect(poisson.draws.allSatisfy { $0 >= 0 && $0 == $0.rounded() } && poisson.blocks < 2)
      if a < -80 { #expect(poisson.draws.allSatisfy { $0 == 0 }) }
      if a > 80 { #expect(poisson.draws.allSatisfy { $0 == mean || abs($0 / mean - 1) < 1e-15 }) }
      for b in parameters {
        let density = NegativeBinomialDensity(scalesByTotal: false)
        let sample = Sample(200, seed: 7) { density.draw($0, a, b, &$1) }
        #expect(sample.draws.allSatisfy { $0 >= 0 && $0 == $0.rounded() }, "\(a), \(b)")
        #expect(sample.blocks < 6, "\(a), \(b)")
        // Without dispersion they are Poisson's; with too much of it all counts are zero.
        if b > 80, a > 80 {
          #expect(sample.draws.allSatisfy { $0 == mean || abs($0 / mean - 1) < 1e-15 })
        }
        if b < -100, a < 800 { #expect(sample.draws.allSatisfy { $0 == 0 }, "\(a), \(b)") }
      }
    }
    for (a, b) in [(Double.nan, 0.0), (0, .nan), (.nan, .nan)] {
      let sample = Sample(10, seed: 8) { u, further in
        NegativeBinomialDensity(scalesByTotal: false).draw(u, a, b, &further)
      }
      #expect(sample.draws.allSatisfy { $0.isNaN })
    }
    #expect(
      Sample(10, seed: 8) { PoissonDensity().draw($0, .nan, 0, &$1) }.draws.allSatisfy { $0.isNaN })
  }

  /// All means that float32 can represent are drawn: a batch of counts through the likelihood, with
  /// independent rows.
  @Test(arguments: [#"{"type": "poisson"}"#, #"{"type": "negativeBinomial"}"#])
  func drawsBelongToTheirRows(json: String) throws {
    let likelihood = try Choice<LikelihoodKind>(json: JSON(parsing: json)).product
      .likelihood(shape: [3])
    func draws(_ rows: Range<UInt32>) -> [Float] {
      let names = Array(rows)
      var outputs = names.flatMap { name in
        (0..<likelihood.outputs).map { Float($0 < 3 ? Int(name) * 88 / 300 : 2) }
      }
      var x = [Float](repeating: 0.5, count: 3 * names.count)
      names.withUnsafeBufferPointer { names in
        outputs.withUnsafeMutableBufferPointer { outputs in
          x.withUnsafeMutableBufferPointer { x in
            guard let names = names.baseAddress, let outputs = outputs.baseAddress,
              let x = x.baseAddress
            else { return }
            likelihood.draw(
              Block(outputs, rows: rows.count, columns: likelihood.outputs),
              into: Block(x, rows: rows.count, columns: 3),
              FurtherNumbers(Random(seed: 5, .furtherDecoding), rows: names))
          }
        }
      }
      return x
    }
    let all = draws(0..<300)
    #expect(all.allSatisfy { $0.isFinite && $0 >= 0 && $0 == $0.rounded() })
    #expect(Array(all[300..<600]) == draws(100..<200))
    // Three columns with one mean, from 60,000 to 10^8, are three draws.
    #expect((40..<63).count { all[3 * $0] == all[3 * $0 + 1] } < 3)
    #expect(all.contains { $0 > 1e37 })
  }
}

@Suite struct LargeCounts {
  /// The mean of log p(x) under Poisson is minus its entropy, 1/2 log(2 pi e mean) - 1 / (12 mean).
  @Test(arguments: [17, 25, 40, 80])
  func poissonBracketsStandAtTheEntropy(logRate: Float) throws {
    let model = try Model(
      spec(
        #"{"shape": [1], "latent": 1, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}], "likelihood": {"type": "poisson"}}"#
      ))
    for index in model.parameters.specs.indices {
      switch model.parameters.specs[index].name {
      case "decoder.0.weight": model.parameters.assign(Tensor([1, 1], [0]), to: index)
      case "decoder.0.bias": model.parameters.assign(Tensor([1], [logRate]), to: index)
      default: break
      }
    }
    let count = 1000
    let bracket = try withTeam(1) { team in
      try AnnealedImportance(model, chains: 1, temperatures: 1, leapfrog: 1, seed: 1)
        .bracket(count: count, team: team)
    }
    let mean = exp(Double(logRate))
    let entropy = 0.5 * (log(2 * Double.pi) + 1 + Double(logRate)) - 1 / (12 * mean)
    // log p(x) is a constant minus half a chi-square of one degree, unless float32 rounds counts.
    let error = 4.5 * (0.5 / Double(count)).squareRoot()
    for value in [bracket.lower.mean, bracket.upper.mean] {
      #expect(logRate > 30 ? value.isFinite : abs(value + entropy) < error, "\(value), \(entropy)")
    }
  }

  /// log(1 + t) - t = -t^2 / 2 + t^3 / 3 - … keeps its digits around zero, and is continuous.
  @Test func theLogarithmLessItsArgument() {
    for t in [1e-3, -1e-5, 1e-8, -1e-12, 1e-20] {
      let series = t * t * (-0.5 + t * (1.0 / 3 - t * (0.25 - t * (0.2 - t / 6))))
      #expect(abs(logExcess(t) / series - 1) < 1e-13)
    }
    for t in [0.2, -0.2] {
      #expect(abs(logExcess(t * (1 - 1e-15)) - logExcess(t * (1 + 1e-15))) < 1e-15)
    }
    for x in [16, 16.000001, 0.5, 3, 100] {
      let formula = (x + 0.5) * log(x) - x + 0.5 * log(2 * Double.pi)
      #expect(abs(stirlingRest(x) - (logGamma(x + 1) - formula)) < 1e-12)
    }
  }

  /// Loader's form and the gamma functions agree where they meet.
  @Test(arguments: [-3, -0.1, 0, 0.2, 3], [-3, 0, 4, 12])
  func densitiesAreOfOnePiece(deviation: Double, b: Double) {
    let density = NegativeBinomialDensity(scalesByTotal: false)
    let (x, a) = (largeCount, log(largeCount) - deviation)
    let (below, above) = (density.logDensity(x, a, b), density.logDensity(x + 1, a, b))
    // One count more changes the density by the ratio of the masses.
    let (mean, r) = (exp(a), exp(b))
    let ratio = log((x + r) / (x + 1)) + log(mean / (mean + r))
    #expect(abs(above.value - below.value - ratio) < 5e-8)
    let poisson = PoissonDensity()
    let step = poisson.logDensity(x + 1, a, 0).value - poisson.logDensity(x, a, 0).value
    #expect(abs(step - (a - log(x + 1))) < 5e-8)
  }

  /// One count more changes log p by the ratio of the masses, to the required digits.
  @Test(arguments: [1e7, 1e9, 1e12], [-3, 2, 15, 40])
  func neighboursDifferByTheRatio(x: Double, b: Double) {
    let density = NegativeBinomialDensity(scalesByTotal: false)
    let a = log(x) + 0.3 * exp(-0.5 * max(0, min(b, log(x))))
    let (mean, r) = (exp(a), exp(b))
    let step = 0x1p10
    let got = density.logDensity(x + step, a, b).value - density.logDensity(x, a, b).value
    var expected = 0.0
    for k in 0..<1024 {
      expected += log1p((r - 1) / (x + Double(k) + 1)) - log1p(r / mean)
    }
    #expect(abs(got - expected) < 1e-9 * max(1, x * 1e-11), "\(got), \(expected)")
  }
}
