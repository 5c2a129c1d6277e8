import Declarations
import Glibc
import JSON
import References
import Tensors
import Testing

@testable import Variational

/// Every entry of the reference file, with its optimizer; optimizers that are not registered yet
/// are left out.
private struct Entry: CustomTestStringConvertible, Sendable {
  let name: String
  let optimizer: String
  let testDescription: String

  init(_ name: String, _ optimizer: String) {
    (self.name, self.optimizer, testDescription) = (name, optimizer, name)
  }

  static let table = [
    Entry("adagrad", #"{"type": "adagrad", "rate": 0.1}"#),
    Entry("adam", #"{"type": "adam", "rate": 0.01}"#),
    Entry("adamax", #"{"type": "adamax", "rate": 0.01}"#),
    Entry("adamw", #"{"type": "adamw", "rate": 0.01, "decay": 0.1}"#),
    Entry("amsgrad", #"{"type": "amsgrad", "rate": 0.01}"#),
    Entry("momentum", #"{"type": "sgd", "rate": 0.1, "momentum": 0.9}"#),
    Entry("nadam", #"{"type": "nadam", "rate": 0.01}"#),
    Entry("nesterov", #"{"type": "sgd", "rate": 0.1, "momentum": 0.9, "nesterov": true}"#),
    Entry("radam", #"{"type": "radam", "rate": 0.01}"#),
    Entry("rmsprop", #"{"type": "rmsprop", "rate": 0.01, "decay": 0.99}"#),
    Entry("sgd", #"{"type": "sgd", "rate": 0.1}"#),
  ]

  static let registered = table.filter { OptimizerKind.registry.knows($0.optimizer) }
}

@Suite struct OptimizersAgainstPyTorch {
  let reference: Reference
  init() throws { reference = try Reference("optimizers") }

  @Test func theTableHoldsEveryEntry() {
    #expect(Entry.table.map(\.name) == reference.entries)
  }

  /// Twelve updates of one vector; `scale` undoes the factor of the gradient.
  @Test(arguments: Entry.registered, [1, -1, 0.25])
  private func path(entry: Entry, scale: Float) throws {
    let start = try reference["start"].values
    let gradients = try reference["gradients"].values.map { $0 / scale }
    let path = try reference["\(entry.name).path"].values
    let optimizer = try Choice<OptimizerKind>(json: JSON(parsing: entry.optimizer)).product
    let count = start.count
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: (1 + optimizer.slots) * count)
    memory.initialize(repeating: 0, count: (1 + optimizer.slots) * count)
    memory.update(from: start, count: count)
    defer { memory.deallocate() }
    let slots = (0..<max(1, optimizer.slots)).map { memory + (1 + $0) * count }
    for update in 1...path.count / count {
      gradients.withUnsafeBufferPointer { gradients in
        slots.withUnsafeBufferPointer { slots in
          optimizer.step(
            Move(
              update: update, rateFactor: 1, count: count, parameters: memory,
              gradient: gradients.baseAddress.unsafelyUnwrapped + (update - 1) * count,
              scale: scale, slots: slots.baseAddress.unsafelyUnwrapped, start: 0))
        }
      }
      let deviation = Deviation(
        "update \(update)", (0..<count).map { memory[$0] },
        path[(update - 1) * count..<update * count],
        .activation)
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }

  @Test(arguments: OptimizerKind.registry.rows.flatMap { $0.examples.map(\.line) })
  func optionsComeBackFromJSON(example: String) throws {
    let choice = try Choice<OptimizerKind>(json: JSON(parsing: example))
    #expect(choice.json.line == example)
  }
}

/// A large epsilon shows where it is added: torch.optim's equations (2.x, the single-tensor forms)
/// in float64.
@Suite struct EpsilonOfOptimizers {
  private static let epsilon = 0.1
  private static let (rate, beta1, beta2) = (0.01, 0.9, 0.999)

  /// Returns the parameter after each gradient.
  private static func path(_ type: String, _ gradients: [Double]) -> [Double] {
    var (p, m, v, largest, product) = (0.5, 0.0, 0.0, 0.0, 1.0)
    return gradients.enumerated().map { index, g in
      let t = Double(index + 1)
      let (first, second) = (1 - pow(beta1, t), 1 - pow(beta2, t))
      m = beta1 * m + (1 - beta1) * g
      switch type {
      case "adagrad":
        v += g * g
        p -= rate * g / (v.squareRoot() + epsilon)
      case "adamax":
        v = max(beta2 * v, g.magnitude + epsilon)
        p -= rate / first * m / v
      case "rmsprop":
        v = 0.99 * v + 0.01 * g * g
        p -= rate * g / (v.squareRoot() + epsilon)
      default:
        v = beta2 * v + (1 - beta2) * g * g
        largest = max(largest, v)
        let root = (v / second).squareRoot()
        switch type {
        case "amsgrad":
          p -= rate * m / first / ((largest / second).squareRoot() + epsilon)
        case "nadam":
          let mu = beta1 * (1 - 0.5 * pow(0.96, t * 0.004))
          let next = beta1 * (1 - 0.5 * pow(0.96, (t + 1) * 0.004))
          product *= mu
          p -= rate * (1 - mu) / (1 - product) * g / (root + epsilon)
          p -= rate * next / (1 - product * next) * m / (root + epsilon)
        case "radam":
          let limit = 2 / (1 - beta2) - 1
          let length = limit - 2 * t * pow(beta2, t) / second
          let rectified =
            ((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))
            .squareRoot()
          p -=
            length > 5
            ? rate * m / first * rectified * second.squareRoot() / (v.squareRoot() + epsilon)
            : rate * m / first
        default: p -= rate * m / first / (root + epsilon)
        }
      }
      return p
    }
  }

  @Test(arguments: ["adagrad", "adam", "adamax", "amsgrad", "nadam", "radam", "rmsprop"])
  func standsWherePyTorchPutsIt(type: String) throws {
    let decay = type == "rmsprop" ? #", "decay": 0.99"# : ""
    let json = #"{"type": "\#(type)", "rate": 0.01, "epsilon": 0.1\#(decay)}"#
    let optimizer = try Choice<OptimizerKind>(json: JSON(parsing: json)).product
    let gradients = numbers(40, seed: 8)
    var (parameter, slots) = ([Float(0.5)], [Float](repeating: 0, count: 4))
    let expected = Self.path(type, gradients.map(Double.init))
    for (index, gradient) in gradients.enumerated() {
      slots.withUnsafeMutableBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        optimizer.step(
          update: index + 1, count: 1, parameters: &parameter, gradient: [gradient], scale: 1,
          slots: (0..<3).map { base + $0 })
      }
      #expect((Double(parameter[0]) - expected[index]).magnitude < 2e-6, "update \(index + 1)")
    }
  }

  /// A file from before the option existed lacks it, and training continues by the rule of that
  /// time.
  @Test func aTrainerGoesOnByItsRule() throws {
    let data = Rows(binary: 40, [9])
    func trainer(_ optimizer: String) throws -> Trainer {
      try Trainer(
        try trainerSpec(#"{"batch": 20, "optimizer": \#(optimizer)}"#),
        model: try Small.model("plain"), data: data, rows: data.all)
    }
    let option = #","correctsEpsilon":true"#
    let former = try trainer(#"{"type": "radam", "epsilon": 0.1, "correctsEpsilon": true}"#)
    let present = try trainer(#"{"type": "radam", "epsilon": 0.1}"#)
    try withTeam { team in
      for _ in 0..<20 {
        try former.step(team)
        try present.step(team)
      }
    }
    #expect(former.model.numbers != present.model.numbers)
    var record = TrainerRecord()
    record.sha256 = data.sha256
    let file = try former.file(record)
    let text = try #require(file.note("trainer"))
    #expect(text.contains(option))
    let old = SafeTensors(
      file.entries,
      metadata: [
        SafeTensors.Note("format", Trainer.format),
        SafeTensors.Note("trainer", text.replacing(option, with: "")),
      ])
    let found = try Trainer.record(old, path: "old")
    let resumed = try Trainer(
      found.trainer, model: try Small.model("plain"), data: data, rows: data.all)
    try resumed.restore(old, found, path: "old")
    try withTeam { team in
      try former.step(team)
      try resumed.step(team)
    }
    #expect(resumed.model.numbers == former.model.numbers)
    let again = try #require(try resumed.file(record).note("trainer"))
    #expect(again.contains(option))
    let fresh = try Trainer.record(present.file(record), path: "new").trainer.optimizer.product
    #expect((fresh as? RAdam)?.correctsEpsilon == false)
  }
}
