import JSON
import Tensors
import Testing

@testable import Variational

/// Models that no machine can hold are refused before anything is built.
@Suite struct MemoryNeedTests {
  @Test func modelsThatDoNotFitAreRefused() throws {
    let fault = #expect(throws: Fault.self) {
      _ = try Model(
        spec(
          """
          {"shape": [1000000], "latent": 3, "likelihood": {"type": "bernoulli"},
           "encoder": [{"type": "dense", "units": 65536}, {"type": "dense"}],
           "decoder": [{"type": "dense"}]}
          """))
    }
    #expect(fault?.kind == .memory && fault?.hint?.contains("fewer units") == true)
  }

  @Test func trainingsThatDoNotFitAreRefused() throws {
    let model = try Model(
      spec(
        """
        {"shape": [9], "latent": 3, "likelihood": {"type": "bernoulli"},
         "encoder": [{"type": "dense"}],
         "decoder": [{"type": "dense", "units": 4096}, {"type": "tanh"}, {"type": "dense"}]}
        """))
    let trainer = try trainerSpec(
      #"{"objective": {"type": "importance", "samples": 10000, "outer": 1000}, "batch": 200}"#)
    let fault = #expect(throws: Fault.self) {
      try trainer.check(model, rows: 1000, isValidated: false)
    }
    #expect(fault?.kind == .memory && fault?.path == "batch")
    #expect(fault?.hint?.contains("fewer samples") == true)
    try trainerSpec(#"{"objective": {"type": "importance", "samples": 50}}"#)
      .check(model, rows: 1000, isValidated: false)
  }

  /// The memory of a workspace is proportional to its rows.
  @Test func workspacesGrowWithTheirRows() throws {
    let model = try Small.model("plain")
    func bytes(_ rows: Int, isTraining: Bool = true) throws -> Int {
      try Workspace.bytes(model, rows: rows, samples: 1, isTraining: isTraining)
        .value(for: "a workspace")
    }
    let (one, two) = (try bytes(1), try bytes(2))
    #expect(try bytes(101) - one == 100 * (two - one))
    #expect(two > one)
    #expect(try bytes(100, isTraining: false) < bytes(100))
    #expect(Workspace.bytes(model, rows: 1 << 60, samples: 1, isTraining: true) == .beyond)
  }
}
