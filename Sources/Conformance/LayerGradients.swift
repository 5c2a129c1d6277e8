import JSON
import Layers
import Tensors

extension Property<LayerExample> {
  static let gradientOfTraining = Property("gradient is that of central differences") {
    (example, findings) throws(Fault) in
    try compareGradients(example, isTraining: true, &findings)
  }

  static let gradientOfEvaluation = Property(
    "gradient of an evaluation is that of central differences"
  ) {
    (example, findings) throws(Fault) in
    try compareGradients(example, isTraining: false, &findings)
  }

  /// Compares entries of all gradients with `CentralDifferences` of sum(output * cotangent).
  private static func compareGradients(
    _ example: LayerExample, isTraining: Bool, _ findings: inout Findings
  ) throws(Fault) {
    let passage = try example.passage()
    let rows = example.rowCount(4)
    var input = try example.rows(rows)
    let cotangent = example.cotangent(passage, rows)
    let got = try passage.run(input, cotangent: cotangent, isTraining: isTraining)
    func terms(_ output: [Float]) -> [Double] {
      zip(output, cotangent).map { Double($0) * Double($1) }
    }
    func loss() throws(Fault) -> Double {
      terms(try passage.run(input, isTraining: isTraining).output).reduce(0, +)
    }
    let squares = terms(got.output).reduce(0) { $0 + $1 * $1 }
    // The errors of rounded numbers add like the steps of a random walk.
    let rounding = 5e-7 * max(Double(cotangent.count), squares).squareRoot()

    func check(
      _ name: String, _ gradient: [Float], _ findings: inout Findings,
      _ move: (Int, Float) -> Void
    ) throws(Fault) {
      let largest = gradient.reduce(1) { max($0, Double($1.magnitude)) }
      let differences = CentralDifferences(
        steps: [1 / 16, 1 / 64, 1 / 256, 1 / 1024], allowed: 1e-3 * largest, rounding: rounding)
      let entries = example.entries(gradient.count)
      var compared = 0
      for index in entries {
        let verdict = try differences.verdict(Double(gradient[index])) { (step) throws(Fault) in
          move(index, step)
          defer { move(index, -step) }
          return try loss()
        }
        if verdict != .kinked { compared += 1 }
        if case .differs(let expected) = verdict {
          findings.add(
            "\(name)[\(index)]: differences give \(expected), backward \(gradient[index])")
        }
      }
      findings.expect(
        Double(compared) >= example.compared * Double(entries.count),
        "\(name): only \(compared) of \(entries.count) have a derivative")
    }
    try check("input", got.inputGradient, &findings) { input[$0] += $1 }
    guard isTraining else { return }
    for (parameter, spec) in passage.stack.parameters.enumerated() {
      try check(spec.name, got.gradients[parameter], &findings) { index, step in
        var tensor = passage.parameters.tensor(parameter)
        tensor.values[index] += step
        passage.parameters.assign(tensor, to: parameter)
      }
    }
  }

  static let batchInTraining = Property("a batch is its rows one by one") {
    (example, findings) throws(Fault) in
    try compareBatch(example, isTraining: true, &findings)
  }

  static let batchInEvaluation = Property("a batch is its rows one by one in an evaluation") {
    (example, findings) throws(Fault) in
    try compareBatch(example, isTraining: false, &findings)
  }

  /// Compares in training and in evaluation; a layer that couples rows only in evaluation. Not to
  /// the bit: for few rows the kernels of the products sum in another order.
  private static func compareBatch(
    _ example: LayerExample, isTraining: Bool, _ findings: inout Findings
  ) throws(Fault) {
    let passage = try example.passage()
    if isTraining && passage.stack.couplesRows { return }
    let (count, width) = (example.rowCount(7), try example.input.count)
    let outputs = passage.stack.output.count
    let (entry, sum) = example.ofRounding
    let input = try example.rows(count)
    let cotangent = example.cotangent(passage, count)
    let batch = try passage.run(
      input, cotangent: isTraining ? cotangent : nil, isTraining: isTraining)
    var sums = passage.stack.parameters.map { [Double](repeating: 0, count: $0.shape.count) }
    var magnitudes = sums
    for row in 0..<count {
      let one = try passage.run(
        Array(input[row * width..<(row + 1) * width]),
        cotangent: isTraining ? Array(cotangent[row * outputs..<(row + 1) * outputs]) : nil,
        isTraining: isTraining, keys: Passage.Keys(names: [UInt32(row)]))
      findings.expect(
        Deviation(
          "output", one.output, batch.output[row * outputs..<(row + 1) * outputs], entry))
      guard isTraining else { continue }
      findings.expect(
        Deviation(
          "input", one.inputGradient, batch.inputGradient[row * width..<(row + 1) * width],
          entry))
      for (index, gradient) in one.gradients.enumerated() {
        for i in gradient.indices {
          sums[index][i] += Double(gradient[i])
          magnitudes[index][i] += Double(gradient[i].magnitude)
        }
      }
    }
    for (index, gradient) in batch.gradients.enumerated() {
      let largest = magnitudes[index].max() ?? 0
      findings.expect(
        Deviation(
          passage.stack.parameters[index].name, gradient, sums[index], .absolute(sum * largest)))
    }
  }
}
