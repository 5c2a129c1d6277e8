import Glibc
import JSON
import Layers
import Tensors

extension Property<LayerExample> {
  /// The properties of every layer, one line each.
  package static var all: [Property<LayerExample>] {
    [
      .optionsComeBack,
      .gradientOfTraining,
      .gradientOfEvaluation,
      .batchInTraining,
      .batchInEvaluation,
      .everythingIsOverwritten,
      .nothingElseIsWritten,
      .gradientsAreAdded,
      .evaluationDrawsNothing,
      .trainingFollowsFromItsKeys,
      .threadsMakeNoDifference,
      .parametersSurviveAFile,
    ]
  }

  /// The properties that shapes and numbers of rows could break, one line each.
  package static var ofShapes: [Property<LayerExample>] {
    [
      .gradientOfTraining,
      .gradientOfEvaluation,
      .batchInTraining,
      .everythingIsOverwritten,
      .nothingElseIsWritten,
    ]
  }

  static let optionsComeBack = Property("options come back from JSON") {
    (example, findings) throws(Fault) in
    let choice = try example.choice
    findings.expect(choice.json == example.json, "\(example.json.line) became \(choice.json.line)")
    let again = try LayerChoice(json: try JSON(parsing: choice.json.line)).json
    findings.expect(again == example.json, "\(example.json.line) became \(again.line)")
  }

  /// `Passage` poisons all memory with NaN before each run.
  static let everythingIsOverwritten = Property("everything is overwritten") {
    (example, findings) throws(Fault) in
    let passage = try example.passage()
    let rows = example.rowCount(5)
    let input = try example.rows(rows)
    let got = try passage.run(input, cotangent: example.cotangent(passage, rows))
    findings.expect(got.output.allSatisfy(\.isFinite), "the output was not overwritten")
    findings.expect(got.inputGradient.allSatisfy(\.isFinite), "dx was not overwritten")
    for (index, gradient) in got.gradients.enumerated() {
      findings.expect(
        gradient.allSatisfy(\.isFinite),
        "the gradient of \(passage.stack.parameters[index].name) was not overwritten")
    }
    findings.expect(
      try passage.run(input, isTraining: false).output.allSatisfy(\.isFinite),
      "in an evaluation the output was not overwritten")
  }

  static let nothingElseIsWritten = Property("nothing else is written") {
    (example, findings) throws(Fault) in
    let passage = try example.passage()
    for rows in [1, example.rowCount(5)] {
      let input = try example.rows(rows)
      let cotangent = example.cotangent(passage, rows)
      for isTraining in [true, false] {
        let got = try passage.run(input, cotangent: cotangent, isTraining: isTraining)
        for trespass in got.trespasses { findings.add(trespass) }
      }
    }
  }

  static let gradientsAreAdded = Property("gradients are added where they accumulate") {
    (example, findings) throws(Fault) in
    let passage = try example.passage()
    let input = try example.rows(5)
    let cotangent = example.cotangent(passage, 5)
    let alone = try passage.run(input, cotangent: cotangent)
    let added = try passage.run(input, cotangent: cotangent, start: 2)
    findings.expect(added.inputGradient == alone.inputGradient, "dx was added to")
    for (index, gradient) in added.gradients.enumerated() {
      findings.expect(
        Deviation(
          passage.stack.parameters[index].name, gradient, alone.gradients[index].map { $0 + 2 },
          .entry(1e-6)))
    }
  }

  static let evaluationDrawsNothing = Property("an evaluation draws nothing") {
    (example, findings) throws(Fault) in
    let passage = try example.passage()
    let input = try example.rows(3)
    let others = Passage.Keys(names: [7, 8, 9], update: 12, seed: 34)
    findings.expect(
      try passage.run(input, isTraining: false).output
        == passage.run(input, isTraining: false, keys: others).output,
      "the output of an evaluation changes with the seed")
  }

  /// Nor on earlier passes: another pass with other rows runs between the two.
  static let trainingFollowsFromItsKeys = Property("training follows from its keys alone") {
    (example, findings) throws(Fault) in
    let passage = try example.passage()
    let input = try example.rows(3)
    let cotangent = example.cotangent(passage, 3)
    let keys = Passage.Keys(names: [7, 2, 9], update: 12, seed: 34)
    let first = try passage.run(input, cotangent: cotangent, keys: keys)
    _ = try passage.run(try example.rows(4, seed: 6), cotangent: example.cotangent(passage, 4))
    let second = try passage.run(input, cotangent: cotangent, keys: keys)
    findings.expect(first == second, "the same pass gave other numbers the second time")
  }

  /// Four threads, each with its own rows, give the same results as one.
  static let threadsMakeNoDifference = Property("threads make no difference") {
    (example, findings) throws(Fault) in
    let passage = try example.passage()
    let inputs = try (0..<4).map { (lane) throws(Fault) in
      try example.rows(6, seed: 70 + UInt64(lane))
    }
    let cotangent = example.cotangent(passage, 6)
    let alone = try inputs.map { (rows) throws(Fault) in
      try passage.run(rows, cotangent: cotangent)
    }
    let differ = onFourThreads(repeating: 20) { lane in
      (try? passage.run(inputs[lane], cotangent: cotangent)) != alone[lane]
    }
    findings.expect(!differ, "threads that run at once give other numbers than one after the other")
  }

  static let parametersSurviveAFile = Property("parameters and state survive a file") {
    (example, findings) throws(Fault) in
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
        guard let tensor = file[spec.name] else {
          findings.add("\(spec.name) is not in the file")
          continue
        }
        store.assign(tensor, to: index)
      }
    }
    let input = try example.rows(3)
    for isTraining in [true, false] {
      findings.expect(
        try fresh.run(input, isTraining: isTraining).output
          == passage.run(input, isTraining: isTraining).output,
        "the output changes with the parameters of the file")
    }
  }
}

/// Returns whether any of four threads, which each run `differs` `count` times at once, got true.
func onFourThreads(repeating count: Int, _ differs: (Int) -> Bool) -> Bool {
  let team = Team(threads: 4)
  defer { team.close() }
  return withUnsafeTemporaryAllocation(of: Bool.self, capacity: 4) { answers in
    answers.initialize(repeating: false)
    team.run(lanes: 4) { lane in
      for _ in 0..<count where differs(lane) { answers[lane] = true }
    }
    return answers.contains(true)
  }
}
