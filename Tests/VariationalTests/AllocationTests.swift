import CAllocations
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// Memory is laid out once: after the first updates of a trainer nothing is allocated, on the
/// leading thread or, with one thread, anywhere. (Room for the history is reserved before, as in
/// the engine.)
@Suite(.enabled(if: allocations_are_counted() != 0, "a sanitizer has malloc to itself"))
struct Allocations {
  static let homework = """
    {"shape": [196], "latent": 8, "likelihood": {"type": "bernoulli"},
     "encoder": [{"type": "dense", "units": 128}, {"type": "tanh"}, {"type": "dense"}],
     "decoder": [{"type": "dense", "units": 128}, {"type": "tanh"}, {"type": "dense"}]}
    """

  @Test func theCounterCounts() {
    let before = allocations_of_this_thread()
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 100)
    #expect(allocations_of_this_thread() > before)
    memory.deallocate()
  }

  @Test(
    arguments: ["homework"] + Small.names,
    ObjectiveKind.examples)
  func noneInAnUpdate(name: String, objective: String) throws {
    let model = try Model(spec(name == "homework" ? Self.homework : Small.table[name] ?? ""))
    let data = Rows(binary: 250, model.spec.shape)
    for threads in [1, 2] {
      let trainer = try Trainer(
        try trainerSpec(
          #"{"objective": \#(objective), "batch": 100, "clip": 100, "onRefusal": {"type": "rewind"}}"#
        ),
        model: model, data: data, rows: data.all)
      try withTeam(threads) { team in
        for _ in 0..<6 { try trainer.step(team) }
        try trainer.reserve(50)
        let before = allocations_of_this_thread()
        for _ in 0..<30 { try trainer.step(team) }
        let count = allocations_of_this_thread() - before
        #expect(count == 0, "\(threads) threads: \(count) allocations in 30 updates")
      }
    }
  }
}
