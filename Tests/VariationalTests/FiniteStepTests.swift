import Declarations
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// The bounds that an optimizer sets on its step hold in float32.
@Suite struct Foresight {
  /// Steps and slots of all magnitudes: if a step counts as safe, parameters up to the greatest
  /// number stay finite, and the slots stay within the bounds.
  @Test(arguments: OptimizerKind.examples) func isKept(text: String) throws {
    let optimizer = try Choice<OptimizerKind>(json: JSON(parsing: text)).product
    let (count, slots) = (64, max(1, optimizer.slots))
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: (2 + slots) * count)
    memory.initialize(repeating: 0, count: (2 + slots) * count)
    defer { memory.deallocate() }
    let (parameters, gradient) = (memory, memory + count)
    let bases = (0..<slots).map { memory + (2 + $0) * count }
    var safe = 0
    for round in 0..<3000 {
      let draws = numbers(count * (1 + slots), seed: UInt64(round))
      // Exponents of ten: from -20 to 20 for the gradient, from -38 to 38 for the slots.
      let size = numbers(4, seed: UInt64(round) &+ 9_000).map { Double($0) }
      for i in 0..<count {
        parameters[i] = i % 2 == 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
        gradient[i] = draws[i] * Float(pow(10, 20 * size[0]))
        for slot in 0..<slots {
          // Means of squares are not negative; if there is only one slot of squares, it is the
          // first.
          let value = draws[(1 + slot) * count + i]
          let isSquare = slot > 0 || optimizer is AdaGrad || optimizer is RMSProp
          bases[slot][i] =
            (isSquare ? value.magnitude : value) * Float(pow(10, 19 + 19 * size[1 + slot]))
        }
      }
      func greatest(_ base: UnsafeMutablePointer<Float>) -> Double {
        (0..<count).reduce(0) { max($0, Double(base[$1].magnitude)) }
      }
      var bounds = SIMD4<Double>()
      for slot in 0..<optimizer.slots { bounds[slot] = greatest(bases[slot]) }
      let update = 1 + round % 7 * 40
      var reach = Reach(
        update: update, rateFactor: 1, gradient: greatest(gradient), slots: bounds)
      optimizer.foresee(&reach)
      guard reach.isSafe else { continue }
      safe += 1
      let before = (0..<count).map { parameters[$0] }
      optimizer.step(
        update: update, count: count, parameters: parameters, gradient: gradient, scale: 1,
        slots: bases)
      let isFinite = (0..<(2 + slots) * count).allSatisfy { memory[$0].isFinite }
      #expect(isFinite, "round \(round)")
      for slot in 0..<optimizer.slots {
        #expect(greatest(bases[slot]) <= reach.slots[slot], "round \(round), slot \(slot)")
      }
      for i in 0..<count where !(optimizer is AdamW) {
        let step = (Double(parameters[i]) - Double(before[i])).magnitude
        #expect(step <= max(reach.step * 1.01, 0x1p103), "round \(round)")
      }
    }
    #expect(safe > 300, "\(safe) of 3000 were safe")
  }

  /// Steps of usual sizes are never tried on a copy, which would cost time.
  @Test(arguments: OptimizerKind.examples) func isWideEnough(text: String) throws {
    let optimizer = try Choice<OptimizerKind>(json: JSON(parsing: text)).product
    for gradient in [0, 1e-12, 1, 1e4, 1e9] {
      for update in [1, 2, 1000, 100_000_000] {
        var reach = Reach(
          update: update, rateFactor: 1, gradient: gradient, slots: SIMD4(repeating: gradient))
        optimizer.foresee(&reach)
        #expect(reach.isSafe, "\(gradient) at \(update): \(reach)")
      }
    }
  }
}

extension OptimizerKind {
  static let examples = registry.rows.flatMap { $0.examples.map(\.line) }
}

/// Updates that would leave the range of float32 are refused, and change nothing.
@Suite struct StepsThatWouldNotBeFinite {
  private func trainer(_ options: String, _ model: Model? = nil, _ data: Rows? = nil) throws
    -> Trainer
  {
    let data = data ?? Rows(binary: 30, [9])
    return try Trainer(
      try trainerSpec("{\"batch\": 10, \(options)}"), model: try model ?? Small.model("plain"),
      data: data, rows: data.all)
  }

  private func bits(_ trainer: Trainer) -> [[UInt32]] {
    (trainer.numbers + (trainer.average.map { [Array($0.parameters.all)] } ?? [])).map {
      $0.map(\.bitPattern)
    }
  }

  /// For every allowed rate the numbers are finite after every call, and unchanged after a refusal.
  @Test(arguments: OptimizerKind.registry.rows.map(\.type), [1e30, 1e25, 1e20, 1e5])
  func atHugeRates(optimizer: String, rate: Double) throws {
    let trainer = try trainer(
      #""optimizer": {"type": "\#(optimizer)", "rate": \#(rate)}, "averaging": {"decay": 0.5}"#)
    withTeam(2) { team in
      for _ in 0..<12 {
        let before = (bits(trainer), trainer.history)
        do throws(Fault) { try trainer.step(team) } catch {
          #expect(error.kind == .notFinite, "\(error)")
          let same = (bits(trainer) == before.0, trainer.history == before.1)
          #expect(same.0 && same.1)
        }
        let averaged = trainer.average.map { Array($0.parameters.all) } ?? []
        let areFinite = (trainer.numbers + [averaged]).allSatisfy { values in
          values.allSatisfy { $0.isFinite }
        }
        #expect(areFinite)
      }
    }
  }

  /// The step overflows although the gradient is finite: 1e30 times 1e9.
  @Test func whereOnlyTheStepOverflows() throws {
    let model = try Model(
      spec(
        """
        {"shape": [2], "latent": 1, "likelihood": {"type": "gaussian", "deviation": 1e-5},
         "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
        """))
    let trainer = try trainer(
      #""optimizer": {"type": "sgd", "rate": 1e30}, "averaging": {"decay": 0.5}"#, model,
      Rows([2], numbers(60, seed: 3)))
    withTeam(1) { team in
      let before = bits(trainer)
      let fault = #expect(throws: Fault.self) { try trainer.step(team) }
      #expect(fault?.kind == .notFinite)
      #expect(fault?.message.contains("would not be finite") == true, "\(fault as Any)")
      let isSame = bits(trainer) == before
      #expect(isSame && trainer.update == 0)
    }
  }

  /// A number in a slot that is not finite, as a file may contain, does not reach the parameters.
  @Test(arguments: ["adam", "amsgrad", "adamax", "rmsprop", "adagrad", "nadam"])
  func ofASlotThatIsNot(optimizer: String) throws {
    // A running maximum replaces NaN.
    let heals = ["adamax", "amsgrad"].contains(optimizer)
    for poison in heals ? [Float.infinity] : [.nan, .infinity] {
      let trainer = try trainer(#""optimizer": {"type": "\#(optimizer)"}"#)
      try withTeam(1) { team in
        for _ in 0..<2 { try trainer.step(team) }
        var history = trainer.history
        let slot = trainer.slots[trainer.slots.count - 1]
        var tensor = slot.tensor(1)
        tensor.values[0] = poison
        slot.assign(tensor, to: 1)
        trainer.restore(history)
        let before = bits(trainer)
        let fault = #expect(throws: Fault.self) { try trainer.step(team) }
        #expect(fault?.kind == .notFinite && fault?.message.contains("slot") == true)
        let isSame = bits(trainer) == before
        #expect(isSame)
        history = trainer.history
        #expect(history.count == 2)
      }
    }
  }

  /// The variance of a batch may be finite only in float64.
  @Test func ofRunningStatistics() throws {
    let model = try Model(
      spec(
        """
        {"shape": [2], "latent": 1, "likelihood": {"type": "gaussian", "deviation": 1e18},
         "encoder": [{"type": "batchNorm"}, {"type": "dense"}], "decoder": [{"type": "dense"}]}
        """))
    let trainer = try trainer(
      #""optimizer": {"type": "adam"}"#, model, Rows([2], numbers(60, seed: 3).map { 1e20 * $0 }))
    withTeam(1) { team in
      let before = bits(trainer)
      let fault = #expect(throws: Fault.self) { try trainer.step(team) }
      #expect(fault?.kind == .notFinite)
      #expect(fault?.message.contains("encoder.0.runningVariance") == true, "\(fault as Any)")
      let isSame = bits(trainer) == before
      #expect(isSame)
    }
  }

  /// Numbers at both ends of float32 have an average, but no difference.
  @Test func averagesOfNumbersFarApart() throws {
    // The first column is always zero, so that its weights have no effect.
    let values = numbers(30 * 9, seed: 2).enumerated().map { $0 % 9 > 0 && $1 > 0 ? 1 : Float(0) }
    let trainer = try trainer(
      #""optimizer": {"type": "sgd", "rate": 0}, "averaging": {"decay": 0.5}"#, nil,
      Rows([9], values, isBinary: true))
    let average = try #require(trainer.average)
    var (weights, averaged) = (trainer.model.parameters.tensor(0), average.parameters.tensor(0))
    for unit in 0..<11 { (weights.values[unit], averaged.values[unit]) = (3e38, -3e38) }
    trainer.model.parameters.assign(weights, to: 0)
    average.parameters.assign(averaged, to: 0)
    try withTeam(1) { team in try trainer.step(team) }
    // At the first update 2 / 11 of the average remain.
    for value in average.parameters.tensor(0).values.prefix(11) {
      #expect((value / 3e38 - 7 / 11).magnitude < 1e-6, "\(value)")
    }
  }
}

/// Options end where float32 does: larger values are refused by name.
@Suite struct OptionsBeyondFloat32 {
  private static let modules: [(kind: String, example: String)] =
    OptimizerKind.examples.map { ("optimizer", $0) }
    + ObjectiveKind.examples.map { ("objective", $0) }
    + ScheduleKind.registry.rows.flatMap { $0.examples.map { ("schedule", $0.line) } }

  @Test(arguments: modules.indices) func areRefused(index: Int) throws {
    let (kind, example) = Self.modules[index]
    guard case .object(let members) = try JSON(parsing: example) else { return }
    for (place, member) in members.enumerated() where member.name != "type" {
      guard (try? Double(json: member.value)) != nil else { continue }
      for value in [1e300, 1e39] {
        var changed = members
        changed[place].value = .real(value)
        let fault = #expect(throws: Fault.self, "\(member.name) of \(example)") {
          try trainerSpec(#"{"\#(kind)": \#(JSON.object(changed).line)}"#)
        }
        #expect(
          fault?.kind == .params && fault?.path == "\(kind).\(member.name)", "\(fault as Any)")
      }
    }
  }

  @Test(arguments: [
    (#"{"clip": 1e300}"#, "clip"), (#"{"clip": 1e-300}"#, "clip"),
    (#"{"optimizer": {"type": "adam", "epsilon": 1e-300}}"#, "optimizer.epsilon"),
    (#"{"optimizer": {"type": "rmsprop", "epsilon": 0}}"#, "optimizer.epsilon"),
    (
      #"{"schedule": {"type": "piecewise", "pieces": [{"from": 1, "factor": 1e300}]}}"#,
      "schedule.pieces[0].factor"
    ),
    (
      #"{"objective": {"type": "elbo", "capacity": {"maximum": 1e300, "updates": 1}}}"#,
      "objective.capacity.maximum"
    ),
  ])
  func likewise(text: String, path: String) {
    let fault = #expect(throws: Fault.self) { try trainerSpec(text) }
    #expect(fault?.kind == .params && fault?.path == path, "\(fault as Any)")
  }
}

/// A file that can be loaded is never replaced by one that cannot.
@Suite struct SavesOfWhatIsNotFinite {
  private let path = "/tmp/elbo-not-finite-\(getpid())-\(UInt.random(in: 0 ... .max))"

  @Test(arguments: [Float.nan, .infinity]) func leaveTheFile(poison: Float) throws {
    defer { unlink(path) }
    let data = Rows(binary: 30, [9])
    let trainer = try Trainer(
      try trainerSpec(#"{"averaging": {"decay": 0.5}}"#), model: try Small.model("coupled"),
      data: data, rows: data.all)
    try withTeam(1) { team in try trainer.step(team) }
    let average = try #require(trainer.average)
    let stores: [(isOfModel: Bool, store: Parameters)] = [
      (true, trainer.model.parameters), (true, trainer.model.state), (false, trainer.slots[1]),
      (false, average.parameters),
    ]
    for (isOfModel, store) in stores {
      try trainer.file(TrainerRecord()).write(to: path)
      let good = try SafeTensors(contentsOf: path)
      let tensor = store.tensor(0)
      var poisoned = tensor
      poisoned.values[1] = poison
      store.assign(poisoned, to: 0)
      let fault = #expect(throws: Fault.self) { try trainer.file(TrainerRecord()).write(to: path) }
      #expect(fault?.kind == .notFinite && fault?.hint != nil, "\(fault as Any)")
      let isThere = try SafeTensors(contentsOf: path) == good
      #expect(isThere)
      if isOfModel { #expect(throws: Fault.self) { try trainer.model.file() } }
      store.assign(tensor, to: 0)
    }
  }
}
