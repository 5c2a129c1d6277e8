import JSON
import References
import Tensors
import Testing

@testable import Variational

/// Every entry of the reference file and the optimizer that it is of; those that are not registered yet are left out.
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

  /// Twelve updates of one vector; `scale` undoes what the gradient is multiplied by.
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
