import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

/// What holds for every registered layer, run over the examples that each declares: nothing is added here for a new one.
@Suite struct EveryLayer {
  /// Against (f(x + h) - f(x - h)) / 2h, extrapolated from two steps. Where the two steps disagree there is a kink between
  /// them, and no derivative to compare with.
  @Test(arguments: Example.all)
  func gradientIsThatOfCentralDifferences(example: Example) throws {
    let passage = try example.passage()
    let rows = 4
    var input = try example.rows(rows)
    let cotangent = numbers(rows * passage.stack.output.count, seed: 9)
    let got = passage.run(input, cotangent: cotangent)

    func loss() -> Double {
      zip(passage.run(input).output, cotangent).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    func check(_ name: String, _ gradient: [Float], _ move: (Int, Float) -> Void) {
      let largest = gradient.reduce(1) { max($0, Double($1.magnitude)) }
      var compared = 0
      for index in gradient.indices {
        func slope(_ step: Float) -> Double {
          move(index, step)
          let above = loss()
          move(index, -2 * step)
          let below = loss()
          move(index, step)
          return (above - below) / (2 * Double(step))
        }
        let (wide, narrow) = (slope(1 / 64), slope(1 / 128))
        guard (wide - narrow).magnitude < 2e-3 * largest else { continue }
        compared += 1
        let expected = (4 * narrow - wide) / 3
        #expect(
          (Double(gradient[index]) - expected).magnitude <= 1e-3 * largest,
          "\(name)[\(index)]: differences give \(expected), backward \(gradient[index])")
      }
      #expect(compared * 10 >= gradient.count * 8, "\(name): \(compared) of \(gradient.count)")
    }
    check("input", got.inputGradient) { input[$0] += $1 }
    for (parameter, spec) in passage.stack.parameters.enumerated() {
      check(spec.name, got.gradients[parameter]) { index, step in
        var tensor = passage.parameters.tensor(parameter)
        tensor.values[index] += step
        passage.parameters.assign(tensor, to: parameter)
      }
    }
  }

  /// In training and in evaluation; a layer that couples rows has this in evaluation only. Not to the bit: for few rows the
  /// products' kernels add up in another order.
  @Test(arguments: Example.all, [true, false])
  func aBatchIsItsRowsOneByOne(example: Example, isTraining: Bool) throws {
    let passage = try example.passage()
    if isTraining && passage.stack.couplesRows { return }
    let (count, width) = (7, try example.input.count)
    let outputs = passage.stack.output.count
    let input = try example.rows(count)
    let cotangent = numbers(count * outputs, seed: 9)
    let batch = passage.run(
      input, cotangent: isTraining ? cotangent : nil, isTraining: isTraining)
    var sums = passage.stack.parameters.map { [Float](repeating: 0, count: $0.shape.count) }
    for row in 0..<count {
      let one = passage.run(
        Array(input[row * width..<(row + 1) * width]),
        cotangent: isTraining ? Array(cotangent[row * outputs..<(row + 1) * outputs]) : nil,
        isTraining: isTraining, keys: Passage.Keys(names: [UInt32(row)]))
      let output = Deviation(
        "output", one.output, batch.output[row * outputs..<(row + 1) * outputs], .entry(1e-6))
      #expect(output.isTolerated, "\(output)")
      guard isTraining else { continue }
      let slope = Deviation(
        "input", one.inputGradient, batch.inputGradient[row * width..<(row + 1) * width],
        .entry(1e-6))
      #expect(slope.isTolerated, "\(slope)")
      for (index, gradient) in one.gradients.enumerated() {
        for i in gradient.indices { sums[index][i] += gradient[i] }
      }
    }
    for (index, gradient) in batch.gradients.enumerated() {
      let deviation = Deviation(
        passage.stack.parameters[index].name, gradient, sums[index], .largest(1e-6))
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }

  /// `Passage` poisons all memory with NaN before each run.
  @Test(arguments: Example.all)
  func everythingIsOverwritten(example: Example) throws {
    let passage = try example.passage()
    let input = try example.rows(5)
    let cotangent = numbers(5 * passage.stack.output.count, seed: 9)
    let got = passage.run(input, cotangent: cotangent)
    #expect(got.output.allSatisfy { $0.isFinite })
    #expect(got.inputGradient.allSatisfy { $0.isFinite })
    #expect(got.gradients.allSatisfy { $0.allSatisfy { $0.isFinite } })
    #expect(passage.run(input, isTraining: false).output.allSatisfy { $0.isFinite })
  }

  @Test(arguments: Example.all)
  func gradientsAreAddedWhereTheyAccumulate(example: Example) throws {
    let passage = try example.passage()
    let input = try example.rows(5)
    let cotangent = numbers(5 * passage.stack.output.count, seed: 9)
    let alone = passage.run(input, cotangent: cotangent)
    let added = passage.run(input, cotangent: cotangent, start: 2)
    #expect(added.inputGradient == alone.inputGradient)
    for (index, gradient) in added.gradients.enumerated() {
      let deviation = Deviation(
        passage.stack.parameters[index].name, gradient, alone.gradients[index].map { $0 + 2 },
        .entry(1e-6))
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }

  @Test(arguments: Example.all)
  func evaluationDrawsNothing(example: Example) throws {
    let passage = try example.passage()
    let input = try example.rows(3)
    let others = Passage.Keys(names: [7, 8, 9], update: 12, seed: 34)
    #expect(
      passage.run(input, isTraining: false).output
        == passage.run(input, isTraining: false, keys: others).output)
  }

  @Test(arguments: Example.all)
  func trainingIsDeterminedByItsKeys(example: Example) throws {
    let passage = try example.passage()
    let input = try example.rows(3)
    let cotangent = numbers(3 * passage.stack.output.count, seed: 9)
    let keys = Passage.Keys(names: [7, 2, 9], update: 12, seed: 34)
    let (a, b) = (
      passage.run(input, cotangent: cotangent, keys: keys),
      passage.run(input, cotangent: cotangent, keys: keys)
    )
    #expect(a.output == b.output && a.inputGradient == b.inputGradient)
    #expect(a.gradients == b.gradients)
  }

  @Test(arguments: Example.all)
  func optionsComeBackFromJSON(example: Example) throws {
    let choice = try example.choice
    #expect(choice.json == example.json)
    #expect(try LayerChoice(json: try JSON(parsing: choice.json.line)).json == example.json)
  }

  @Test(arguments: Example.all)
  func parametersAndStateSurviveAFile(example: Example) throws {
    let passage = try example.passage()
    let stores = [passage.parameters, passage.state]
    let entries = stores.flatMap { store in
      store.specs.indices.map { SafeTensors.Entry(store.specs[$0].name, store.tensor($0)) }
    }
    let path = "/tmp/elbo-layers-\(getpid())-\(UInt.random(in: 0 ... .max)).safetensors"
    defer { unlink(path) }
    try SafeTensors(entries).write(to: path)
    let file = try SafeTensors(contentsOf: path)
    let fresh = try Passage([example.choice], input: example.input)
    for store in [fresh.parameters, fresh.state] {
      for (index, spec) in store.specs.enumerated() {
        store.assign(try #require(file[spec.name]), to: index)
      }
    }
    let input = try example.rows(3)
    #expect(
      fresh.run(input, isTraining: false).output == passage.run(input, isTraining: false).output)
    #expect(fresh.run(input).output == passage.run(input).output)
  }
}
