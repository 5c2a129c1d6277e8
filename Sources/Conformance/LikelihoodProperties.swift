import Declarations
import JSON
import Tensors
import Variational

extension Property<LikelihoodExample> {
  /// The properties of every likelihood, one line each.
  package static var all: [Property<LikelihoodExample>] {
    [
      .optionsComeBack,
      .gradient,
      .gradientInPlace,
      .gradientIsScaled,
      .samplesShareTheirExample,
      .nothingElseIsWritten,
      .drawsLieInTheSupport,
      .drawsHaveTheMean,
      .noDensityAtNaN,
      .biasHasTheWidth,
      .threadsMakeNoDifference,
    ]
  }

  /// The properties that shapes and numbers of rows could break, one line each.
  package static var ofShapes: [Property<LikelihoodExample>] {
    [.gradient, .gradientInPlace, .nothingElseIsWritten]
  }

  private static func outputs(_ likelihood: any Likelihood, rows: Int = 6) -> [Float] {
    numbers(rows * likelihood.outputs, seed: 21)
  }

  static let optionsComeBack = Property("options come back from JSON") {
    (example, findings) throws(Fault) in
    let choice = try example.choice
    findings.expect(choice.json == example.json, "\(example.json.line) became \(choice.json.line)")
    let again = try Choice<LikelihoodKind>(json: try JSON(parsing: choice.json.line)).json
    findings.expect(again == example.json, "\(example.json.line) became \(again.line)")
  }

  static let gradient = Property("gradient is that of central differences") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    var outputs = outputs(likelihood, rows: example.rowCount(6))
    let x = try likelihood.draws(outputs, seed: 22)
    let got = try likelihood.run(outputs, of: x)
    let rounding = 1.2e-7 * got.logDensity.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let entries = example.entries(outputs.count)
    var compared = 0
    for index in entries {
      let differences = CentralDifferences(
        steps: [1 / 32, 1 / 128], allowed: 2e-3 * max(1, Double(got.gradient[index].magnitude)),
        rounding: rounding)
      let verdict = try differences.verdict(Double(got.gradient[index])) { (step) throws(Fault) in
        let value = outputs[index]
        defer { outputs[index] = value }
        outputs[index] += step
        return try likelihood.run(outputs, of: x).logDensity.reduce(0, +)
      }
      if verdict != .kinked { compared += 1 }
      if case .differs(let expected) = verdict {
        findings.add(
          "output \(index): differences give \(expected), evaluate \(got.gradient[index])")
      }
    }
    findings.expect(
      compared * 10 >= entries.count * 8,
      "only \(compared) of \(entries.count) outputs have a derivative")
  }

  static let gradientInPlace = Property("the gradient may take the place of the outputs") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    let outputs = outputs(likelihood, rows: example.rowCount(6))
    let x = try likelihood.draws(outputs, seed: 22)
    let apart = try likelihood.run(outputs, of: x)
    let inPlace = try likelihood.run(outputs, of: x, inPlace: true)
    findings.expect(apart == inPlace, "density and gradient differ in place")
  }

  static let gradientIsScaled = Property("scale multiplies the gradient alone") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    let outputs = outputs(likelihood)
    let x = try likelihood.draws(outputs, seed: 22)
    let whole = try likelihood.run(outputs, of: x)
    let half = try likelihood.run(outputs, of: x, scale: -0.5)
    findings.expect(whole.logDensity == half.logDensity, "the density changes with the scale")
    findings.expect(
      Deviation("-1/2", half.gradient, whole.gradient.map { -0.5 * $0 }, .entry(1e-6)))
  }

  static let samplesShareTheirExample = Property("samples share their example") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    let outputs = outputs(likelihood)
    let width = likelihood.shape.count
    let x = Array(try likelihood.draws(outputs, seed: 22).prefix(2 * width))
    let shared = try likelihood.run(outputs, of: x, samples: 3)
    let repeated = try likelihood.run(
      outputs,
      of: (0..<6).flatMap { Array(x[$0 / 3 * width..<($0 / 3 + 1) * width]) })
    findings.expect(
      shared == repeated, "row r of the outputs does not go with row r / samples of x")
  }

  static let nothingElseIsWritten = Property("nothing else is written") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    let outputs = outputs(likelihood, rows: example.rowCount(6))
    let x = try likelihood.draws(outputs, seed: 22)
    for inPlace in [false, true] {
      let got = try likelihood.watched(outputs, of: x, inPlace: inPlace)
      findings.expect(got.holds, "something beside the density and the gradient was written")
    }
  }

  static let drawsLieInTheSupport = Property("draws lie in the support") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    let draws = try likelihood.draws(outputs(likelihood, rows: 1000), seed: 24)
    if let place = likelihood.outside(draws) {
      let value = draws[place.row * likelihood.shape.count + place.column]
      findings.add("drew \(value), which is not \(likelihood.support.phrase)")
    }
  }

  static let drawsHaveTheMean = Property("draws have the mean") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    guard example.hasMean else { return }
    let row = numbers(likelihood.outputs, seed: 23)
    let (rows, width) = (10_000, likelihood.shape.count)
    let x = try likelihood.draws((0..<rows).flatMap { _ in row }, seed: 24)
    let mean = try likelihood.means(row)
    for column in 0..<width {
      let values = (0..<rows).map { Double(x[width * $0 + column]) }
      let average = values.reduce(0, +) / Double(rows)
      let squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
      let error = (squares / Double(rows * (rows - 1))).squareRoot()
      findings.expect(
        (average - Double(mean[column])).magnitude < 4.5 * error + 1e-5,
        "column \(column): \(rows) draws have the mean \(average), mean says \(mean[column])")
    }
  }

  static let noDensityAtNaN = Property("what is not a number has no density") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    var x = try likelihood.draws(outputs(likelihood, rows: 3), seed: 22)
    let width = likelihood.shape.count
    x[2 * width - 1] = .nan
    let place = likelihood.outside(x)
    findings.expect(
      place.map { $0 == (1, width - 1) } ?? false,
      "NaN in row 1, column \(width - 1) was \(place.map { "found at \($0)" } ?? "not found")")
  }

  static let biasHasTheWidth = Property("the first bias is finite, and as wide as the outputs") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    let mean = [Double](repeating: 0.25, count: likelihood.shape.count)
    let bias = likelihood.initialBias(mean: mean)
    findings.expect(
      bias.count == likelihood.outputs && bias.allSatisfy(\.isFinite),
      "for a mean of 0.25 it is \(bias)")
  }

  static let threadsMakeNoDifference = Property("threads make no difference") {
    (example, findings) throws(Fault) in
    let likelihood = try example.likelihood
    let outputs = (0..<4).map { numbers(6 * likelihood.outputs, seed: 80 + UInt64($0)) }
    let x = try outputs.map { (row) throws(Fault) in try likelihood.draws(row, seed: 22) }
    let alone = try (0..<4).map { (lane) throws(Fault) in
      try likelihood.run(outputs[lane], of: x[lane])
    }
    let differ = onFourThreads(repeating: 20) { lane in
      let got = try? likelihood.run(outputs[lane], of: x[lane])
      return got.map { $0 != alone[lane] } ?? true
    }
    findings.expect(!differ, "threads that run at once give other numbers than one after the other")
  }
}
