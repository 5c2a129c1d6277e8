import Glibc

@testable import Pictures

/// One chart of each kind.
enum SampleCharts {
  static let updates = (1...3000).map(Double.init)
  static let noisy = updates.map { -40 - 60 * exp(-$0 / 500) + 4 * sin($0 * $0) }

  static var all: [(name: String, chart: Chart)] {
    [
      ("long", curves), ("short", short), ("validation", validation), ("compare", comparison),
      ("latent", latent), ("meanField", meanField(3)), ("states", meanField(6)),
      ("many", meanField(8)), ("flat", flat),
    ]
  }

  static var curves: Chart {
    Chart.curves(update: updates, reconstruction: noisy, divergence: noisy.map { -$0 / 9 })
  }

  static var short: Chart {
    Chart.curves(update: [1, 2, 3], reconstruction: [-3, .nan, -1], divergence: [1, 2, 4])
  }

  static var validation: Chart {
    let held = stride(from: 100.0, through: 3000, by: 100).map { $0 }
    return Chart.validation(
      trainUpdate: updates, trainReconstruction: noisy, validationUpdate: held,
      validationReconstruction: held.map { -45 - 60 * exp(-$0 / 500) })
  }

  static var comparison: Chart {
    let runs = ["narrow", "wide", "a run with a rather long name"].enumerated().map { place, name in
      var run = Chart.Run(name: name)
      run.training = zip(updates, noisy).map { ($0, $1 + 5 * Double(place)) }
      run.validation = stride(from: 100.0, through: 3000, by: 100).map {
        ($0, -45 - 60 * exp(-$0 / 500) + 5 * Double(place))
      }
      return run
    }
    return Chart.comparison(
      runs: runs, x: "weight updates", y: "evidence lower bound (nats)", isLogarithmic: true)
  }

  static var latent: Chart {
    let places = (0..<1000).map { Double($0) }
    return Chart.latent(
      x: places.map { cos($0) * ($0 / 500 + 1) }, y: places.map { sin($0 * 1.7) },
      labels: places.map { Int($0) % 10 }, xLabel: "posterior mean of latent 0",
      yLabel: "posterior mean of latent 1")
  }

  static func meanField(_ variables: Int) -> Chart {
    let count = 1 << variables
    let states = (0..<count).map { state in
      String(String(count + state, radix: 2).dropFirst())
    }
    let p = (0..<count).map { Double(1 + $0 % 5) / Double(3 * count) }
    let beta = (0...20).map { Double($0) / 10 }
    return Chart.meanField(
      states: states, p: p, q: p.map { $0 * 0.9 }, beta: beta,
      freeEnergy: beta.map { $0 * $0 }, logPartition: beta.map { $0 * $0 + 0.3 * $0 })
  }

  /// An energy that does not depend on beta.
  static var flat: Chart {
    Chart.meanField(
      states: ["00", "01", "10", "11"], p: [0, 0.5, 0.5, 0], q: [0, 1, 0, 0], beta: [0, 1, 2],
      freeEnergy: [0, 0, 0], logPartition: [0.693147, 0.693147, 0.693147])
  }

  /// Charts with gaps, single values, and the largest and smallest numbers.
  static func extremes(_ style: Series.Style) -> [Chart] {
    let values: [[Double]] = [
      [1, .nan, 2, 3, .infinity, 4], [1e99, -1e99, 0, 1e-300, 1e200, 5],
      [.nan, .nan, 7, .nan, .nan, .nan], [2, 2, 2, 2, 2, 2],
    ]
    return values.flatMap { y in
      [false, true].map { isLogarithmic in
        let series = Series("s", x: [1, 2, 3, 4, 5, 6], y: y, style)
        return Chart(
          "t",
          [
            Panel(
              x: Axis("x", isLogarithmic: isLogarithmic),
              y: Axis("y", isLogarithmic: isLogarithmic), [series])
          ])
      }
    }
  }
}
