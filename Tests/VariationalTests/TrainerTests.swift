import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

private func trainer(_ model: Model, _ data: Rows, _ text: String) throws -> Trainer {
  try Trainer(try trainerSpec(text), model: model, data: data, rows: data.all)
}

/// The same seed gives the same numbers to the last bit, for any number of threads.
@Suite struct BitForBit {
  /// Batches of odd sizes, whose last one in an epoch is shorter; 601 rows with five samples are
  /// more shards than lanes.
  @Test(arguments: Small.names, [(101, 37, 2), (23, 1, 1), (1300, 601, 5), (50, 64, 3)])
  func historiesAndParameters(name: String, sizes: (rows: Int, batch: Int, samples: Int)) throws {
    let data = Rows(binary: sizes.rows, [9])
    let runs = try [1, 2, 3, 1].map { threads in
      let model = try Small.model(name)
      let trainer = try trainer(
        model, data,
        """
        {"objective": {"type": "elbo", "samples": \(sizes.samples)}, "batch": \(sizes.batch),
         "optimizer": {"type": "adam", "rate": 0.01}, "clip": 3, "seed": 11}
        """)
      let evaluation = Evaluation(model, samples: 5, seed: 2)
      return try withTeam(threads) { team in
        for _ in 0..<8 { try trainer.step(team) }
        return (
          trainer.history, trainer.numbers,
          try evaluation.bound(of: data, rows: data.all, team: team).elbo.perRow,
          try evaluation.logLikelihood(of: data, rows: data.all, team: team).logLikelihood.perRow
        )
      }
    }
    for run in runs.dropFirst() {
      // Compared outside of the expectations, which would print thousands of numbers.
      let same = (
        run.0 == runs[0].0, run.1 == runs[0].1, run.2 == runs[0].2, run.3 == runs[0].3
      )
      #expect(same.0, "histories")
      #expect(same.1, "parameters, state and slots")
      #expect(same.2, "bounds by row")
      #expect(same.3, "log-likelihoods by row")
    }
    #expect(runs[0].0.objective.allSatisfy { $0.isFinite })
  }

  /// Every registered objective, including those that compare the whole batch; the last batch of an
  /// epoch is shorter.
  @Test(arguments: Small.names, ObjectiveKind.examples)
  func whateverIsMaximised(name: String, objective: String) throws {
    let data = Rows(binary: 101, [9])
    let runs = try [1, 2, 3].map { threads in
      let trainer = try trainer(
        try Small.model(name), data, #"{"objective": \#(objective), "batch": 40, "seed": 3}"#)
      try withTeam(threads) { team in for _ in 0..<7 { try trainer.step(team) } }
      return (trainer.history, trainer.numbers)
    }
    for run in runs.dropFirst() {
      let same = (run.0 == runs[0].0, run.1 == runs[0].1)
      #expect(same.0, "histories")
      #expect(same.1, "parameters, state and slots")
    }
    #expect(runs[0].0.objective.allSatisfy { $0.isFinite })
  }

  /// Seven more updates after saving and loading, in the middle of an epoch, equal those of the
  /// uninterrupted run.
  @Test(
    arguments: Small.names,
    [
      #""optimizer": {"type": "adam"}, "objective": {"type": "elbo", "samples": 2}"#,
      #""optimizer": {"type": "sgd", "rate": 0.1, "momentum": 0.8}"#,
      #""objective": {"type": "elbo", "warmUp": 8}"#,
      #""objective": {"type": "elbo", "capacity": {"maximum": 4, "updates": 9}, "beta": 3}"#,
      #""objective": {"type": "maximumMeanDiscrepancy"}"#,
    ])
  func aTrainerGoesOnFromItsFile(name: String, options: String) throws {
    let data = Rows(binary: 47, [9])
    let text = #"{"batch": 20, "seed": 4, \#(options)}"#
    let path = "/tmp/elbo-trainer-\(getpid())-\(UInt.random(in: 0 ... .max)).safetensors"
    defer { unlink(path) }
    try withTeam(2) { team in
      let straight = try trainer(try Small.model(name), data, text)
      for _ in 0..<5 { try straight.step(team) }
      var record = TrainerRecord()
      (record.modelName, record.dataName, record.sha256) = ("m", "d", data.sha256)
      try straight.file(record).write(to: path)
      for _ in 0..<7 { try straight.step(team) }

      let file = try SafeTensors(contentsOf: path)
      let read = try Trainer.record(file, path: path)
      let resumed = try Trainer(
        read.trainer, model: try Model(read.model), data: data, rows: data.all)
      try resumed.restore(file, read, path: path)
      #expect(resumed.update == 5)
      for _ in 0..<7 { try resumed.step(team) }
      let same = (resumed.history == straight.history, resumed.numbers == straight.numbers)
      #expect(same.0, "histories")
      #expect(same.1, "parameters, state and slots")
    }
  }

  @Test(arguments: Small.names)
  func aModelSurvivesItsFile(name: String) throws {
    let model = try Small.model(name)
    let path = "/tmp/elbo-model-\(getpid())-\(UInt.random(in: 0 ... .max)).safetensors"
    defer { unlink(path) }
    try model.file().write(to: path)
    let copy = try Model(try SafeTensors(contentsOf: path), path: path)
    let isSame = copy.numbers == model.numbers && copy.spec.json == model.spec.json
    #expect(isSame)
  }
}

@Suite struct Epochs {
  /// Each epoch has each row once, in an order that the seed determines.
  @Test func arePermutations() {
    let rows: [UInt32] = (0..<23).map { 100 + $0 }
    func epochs(seed: Int) -> [[UInt32]] {
      var batches = Batches(rows: rows, size: 5, seed: seed)
      return (0..<3).map { epoch in
        (1...5).flatMap { update in
          let range = batches.range(of: 5 * epoch + update)
          #expect(range.count == (update == 5 ? 3 : 5))
          return Array(batches.order[range])
        }
      }
    }
    let epochs1 = epochs(seed: 1)
    for epoch in epochs1 { #expect(epoch.sorted() == rows && epoch != rows) }
    #expect(epochs1[0] != epochs1[1] && epochs1[1] != epochs1[2])
    #expect(epochs(seed: 1) == epochs1 && epochs(seed: 2)[0] != epochs1[0])
  }
}

@Suite struct Clipping {
  /// A step of plain descent with rate 1 is as long as the gradient, or as the clip if that is
  /// less; the direction does not change.
  @Test(arguments: [0.5, 1e6])
  func shortensTheStep(clip: Double) throws {
    let data = Rows(binary: 20, [9])
    func step(_ clip: String) throws -> [Double] {
      let model = try Small.model("plain")
      let before = model.numbers.joined().map { Double($0) }
      let trainer = try trainer(
        model, data, #"{"optimizer": {"type": "sgd", "rate": 1}, "batch": 20 \#(clip)}"#)
      try withTeam(1) { try trainer.step($0) }
      return zip(model.numbers.joined(), before).map { Double($0.0) - $0.1 }
    }
    let (free, clipped) = (try step(""), try step(#", "clip": \#(clip)"#))
    let norm = free.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(norm > 0.6)
    let expected = free.map { $0 * min(1, clip / norm) }
    #expect(Deviation("step", clipped, expected, .product).isTolerated)
  }
}

extension Trainer {
  /// The bits of every number, by which NaN equals itself.
  fileprivate var bits: [UInt32] { numbers.flatMap { $0.map(\.bitPattern) } }
}

/// A refused update leaves everything unchanged.
@Suite struct NotFinite {
  @Test(arguments: Small.names, [Float.nan, .infinity, 3e38])
  func leavesTheTrainerAsItWas(name: String, poison: Float) throws {
    let data = Rows(binary: 30, [9])
    let model = try Small.model(name)
    let trainer = try trainer(model, data, #"{"batch": 10, "seed": 1}"#)
    try withTeam(2) { team in
      for _ in 0..<4 { try trainer.step(team) }
      let last = model.parameters.specs.count - 1
      var bias = model.parameters.tensor(last)
      bias.values[2] = poison
      // Finite, but its square is not: the weights before the posterior cause infinite
      // log-variances.
      let place = try #require(model.parameters.specs.lastIndex { $0.name.hasPrefix("encoder") })
      var encoder = model.parameters.tensor(place)
      encoder.values[5] = poison
      model.parameters.assign(encoder, to: place)
      model.parameters.assign(bias, to: last)
      let before = (trainer.bits, trainer.history)
      for _ in 0..<3 {
        let fault = try #require(throws: Fault.self) { try trainer.step(team) }
        #expect(fault.kind == .notFinite)
        #expect(fault.message.hasPrefix("update 5: "))
      }
      #expect(trainer.history == before.1)
      let isSame = trainer.bits == before.0
      #expect(isSame)
    }
  }

  /// Too large a rate takes the parameters out of the range of float32: an update reports it and
  /// changes nothing, and so does the next.
  @Test func whereTheRateIsTooLarge() throws {
    let data = Rows(binary: 30, [9])
    let model = try Small.model("plain")
    let trainer = try trainer(
      model, data, #"{"batch": 10, "optimizer": {"type": "sgd", "rate": 1e30}}"#)
    try withTeam(1) { team in
      let fault = try #require(throws: Fault.self) { for _ in 0..<9 { try trainer.step(team) } }
      #expect(fault.kind == .notFinite)
      let before = (trainer.bits, trainer.history)
      #expect(throws: Fault.self) { try trainer.step(team) }
      #expect(trainer.history == before.1)
      let isSame = trainer.bits == before.0
      #expect(isSame)
    }
  }
}
