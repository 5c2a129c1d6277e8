import Declarations
import Glibc
import JSON
import Testing

@testable import Variational

private func schedule(_ text: String) throws -> any ScheduleModule {
  try Choice<ScheduleKind>(json: JSON(parsing: text)).product
}

@Suite struct Schedules {
  /// Factors of a rate of 0.001 at some updates, computed by hand from each definition.
  @Test(arguments: [
    (#"{"type": "constant"}"#, [1: 1, 1000: 1]),
    (#"{"type": "step", "factor": 0.5, "every": 10}"#, [1: 1, 10: 1, 11: 0.5, 20: 0.5, 21: 0.25]),
    (
      #"{"type": "exponential", "factor": 0.25, "every": 10}"#,
      [1: 1, 6: 0.5, 11: 0.25, 16: 0.125]
    ),
    (
      #"{"type": "cosine", "updates": 12, "final": 0.2}"#,
      [1: 1, 4: 0.8828427124746191, 7: 0.6, 13: 0.2, 400: 0.2]
    ),
    (#"{"type": "warmUp", "updates": 4}"#, [1: 0.25, 2: 0.5, 4: 1, 5: 1, 90: 1]),
    (
      #"{"type": "warmUp", "updates": 4, "then": {"type": "step", "factor": 0.1, "every": 2}}"#,
      [4: 1, 5: 1, 6: 1, 7: 0.1, 9: 0.01]
    ),
    (
      #"{"type": "piecewise", "pieces": [{"from": 1, "to": 3, "factor": 2}, {"from": 4, "to": 4, "factor": 0}, {"from": 5, "factor": 0.5}]}"#,
      [1: 2, 3: 2, 4: 0, 5: 0.5, 1_000_000: 0.5]
    ),
    (
      #"{"type": "piecewise", "unit": "epochs", "pieces": [{"from": 1, "to": 2, "factor": 1}, {"from": 3, "factor": 0.5}]}"#,
      [1: 1, 10: 1, 11: 0.5, 15: 0.5]
    ),
  ])
  func factors(text: String, expected: [Int: Double]) throws {
    let schedule = try schedule(text)
    for (update, factor) in expected {
      let got = schedule.factor(update: update, updatesPerEpoch: 5)
      #expect((got - factor).magnitude < 1e-12, "update \(update)")
    }
  }

  /// Burda et al., section 5: 3^i epochs at 0.001 * 10^(-i / 7) for i = 0 … 7, which makes 3,280.
  @Test func stagesOfTheImportanceWeightedPaper() throws {
    let schedule = try schedule(#"{"type": "stages"}"#)
    var rates: [Double: Int] = [:]
    let perEpoch = 5
    for epoch in 0..<3280 {
      let factors = (1...perEpoch).map {
        schedule.factor(update: epoch * perEpoch + $0, updatesPerEpoch: perEpoch)
      }
      #expect(Set(factors).count == 1, "epoch \(epoch)")
      rates[0.001 * factors[0], default: 0] += 1
    }
    let sorted = rates.sorted { $0.key > $1.key }
    #expect(sorted.map(\.value) == [1, 3, 9, 27, 81, 243, 729, 2187])
    for (stage, rate) in sorted.enumerated() {
      #expect((rate.key / (0.001 * pow(10, -Double(stage) / 7)) - 1).magnitude < 1e-12)
    }
  }

  /// Pieces that do not follow each other.
  @Test(arguments: [
    (#"[]"#, ""),
    (#"[{"from": 2, "factor": 1}]"#, "[0].from"),
    (#"[{"from": 1, "to": 5, "factor": 1}, {"from": 7, "factor": 1}]"#, "[1].from"),
    (#"[{"from": 1, "to": 5, "factor": 1}, {"from": 5, "factor": 1}]"#, "[1].from"),
    (
      #"[{"from": 1, "to": 5, "factor": 1}, {"from": 6, "to": 5, "factor": 1}, {"from": 6, "factor": 1}]"#,
      "[1].to"
    ),
    (#"[{"from": 1, "factor": 1}, {"from": 6, "factor": 1}]"#, "[0].to"),
    (#"[{"from": 1, "to": 5, "factor": 1}]"#, "[0].to"),
    (#"[{"from": 1, "to": 9223372036854775807, "factor": 1}, {"from": 6, "factor": 1}]"#, "[0].to"),
  ])
  func gapsAndOverlapsAreRefused(pieces: String, path: String) throws {
    let fault = try #require(throws: Fault.self) {
      try schedule(#"{"type": "piecewise", "pieces": \#(pieces)}"#)
    }
    #expect(fault.kind == .params && fault.path == "pieces\(path)")
    #expect(fault.expected != nil && fault.got != nil)
  }

  /// The optimizer applies the schedule: steps of plain descent on the same gradient are
  /// proportional to the factor.
  @Test func multipliesTheStep() throws {
    let data = Rows(binary: 20, [9])
    func step(_ schedule: String) throws -> [Double] {
      let model = try Small.model("plain")
      let before = model.numbers.joined().map { Double($0) }
      let trainer = try Trainer(
        try trainerSpec(
          #"{"optimizer": {"type": "sgd", "rate": 1}, "batch": 20, "schedule": \#(schedule)}"#),
        model: model, data: data, rows: data.all)
      try withTeam(1) { try trainer.step($0) }
      return zip(model.numbers.joined(), before).map { Double($0.0) - $0.1 }
    }
    let whole = try step(#"{"type": "constant"}"#)
    let quarter = try step(#"{"type": "warmUp", "updates": 4}"#)
    #expect(zip(whole, quarter).allSatisfy { ($0 / 4 - $1).magnitude < 1e-6 })
    #expect(whole.contains { $0.magnitude > 0.01 })
  }

  @Test(arguments: ScheduleKind.registry.rows.flatMap { $0.examples.map(\.line) })
  func optionsComeBackFromJSON(example: String) throws {
    let choice = try Choice<ScheduleKind>(json: JSON(parsing: example))
    #expect(choice.json.line == example)
  }
}
