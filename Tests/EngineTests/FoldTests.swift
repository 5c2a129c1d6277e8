import Declarations
import Engine
import JSON
import SessionSupport
import Tensors
import Testing

/// Cross-validation over the folds of a data set.
@Suite struct CrossValidation {
  private let session = Session()

  init() throws {
    let rows = (0..<12).map { "[\($0), \($0 * $0 % 7)]" }.joined(separator: ",")
    _ = try session.call(
      "data.load",
      #"{"name": "d", "split": {"folds": 3}, "source": {"type": "array", "values": [\#(rows)]}}"#)
  }

  private func build(_ fold: String) throws -> JSON {
    try session.call(
      "model.build",
      #"{"name": "m", "replace": true, "data": "d", "latent": 1, "likelihood": {"type": "gaussian"}, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}], "preprocess": [{"type": "standardize"}], "fitOn": "\#(fold)"}"#
    )
  }

  @Test func eachFoldIsHeldOut() throws {
    for fold in 1...3 {
      let built = try build("without-fold-\(fold)")
      let found = try session.call("data.get", #"{"data": "d", "split": "without-fold-\#(fold)"}"#)
      let rows = try TensorForm(json: try #require(found["input"])).tensor()
      #expect(rows.shape == [8, 2])
      let mean = (0..<8).reduce(0) { $0 + Double(rows.values[2 * $1]) } / 8
      let part = try #require(built["preprocess"]?.elements?.first)
      let fitted = try [Double](json: try #require(part["mean"]))
      #expect(abs(fitted[0] - mean) < 1e-5)
      let trainer = try session.call(
        "trainer.create",
        #"{"name": "t", "replace": true, "model": "m", "data": "d", "split": "without-fold-\#(fold)", "validation": {"split": "fold-\#(fold)"}}"#
      )
      #expect(trainer["rows"] == 8)
      _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 3}"#)
      let reply = try session.call(
        "evaluate.elbo", #"{"model": "m", "data": "d", "split": "fold-\#(fold)"}"#)
      #expect(reply["count"] == 4)
    }
  }

  @Test func theRowsMustBeNamed() throws {
    _ = try build("all")
    let fault = #expect(throws: Fault.self) {
      try session.call("trainer.create", #"{"model": "m", "data": "d"}"#)
    }
    #expect(fault?.path == "split" && fault?.hint?.contains("without-fold-1") == true)
    let fit = #expect(throws: Fault.self) { try build("train") }
    #expect(fit?.path == "fitOn" && fit?.hint?.contains("without-fold-1") == true)
    let other = #expect(throws: Fault.self) { try build("fold-4") }
    #expect(other?.path == "fitOn")
  }
}
