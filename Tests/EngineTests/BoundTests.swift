import Declarations
import Engine
import Glibc
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

/// Counts at which arithmetic would overflow: each is refused with its place, without delay.
@Suite struct Bounds {
  private let session = Session()
  private let folder = Folder()
  private static let dense = #"[{"type": "dense"}]"#

  private func fault(_ method: String, _ params: String) -> Fault? {
    do throws(Fault) { _ = try session.call(method, params) } catch { return error }
    return nil
  }

  /// Returns the `likelihood` and the `encoder` of a model for rows of this shape.
  private func build(
    _ shape: String, _ encoder: String = dense, decoder: String = dense,
    likelihood: String = #"{"type": "bernoulli"}"#
  ) -> Fault? {
    fault(
      "model.build",
      #"{"name": "m", "replace": true, "shape": \#(shape), "latent": 1, "encoder": \#(encoder), "decoder": \#(decoder), "likelihood": \#(likelihood)}"#
    )
  }

  private func train() throws {
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[0, 1, 0, 1], [1, 0, 1, 0]]}}"#)
    #expect(build("[4]") == nil)
    _ = try session.call("trainer.create", #"{"name": "t", "model": "m", "data": "d"}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 2}"#)
  }

  @Test(arguments: ["from", "every"])
  func aHistoryEndsBeforeNumbersDo(member: String) throws {
    try train()
    for count in ["9007199254740992", "9223372036854775807"] {
      let found = fault("trainer.history", #"{"trainer": "t", "\#(member)": \#(count)}"#)
      #expect(found?.path == member)
      #expect(found?.message.contains("9007199254740991") == true, "\(found?.message ?? "")")
    }
    // The greatest allowed values may be combined.
    let most = #""from": 9007199254740991, "every": 9007199254740991"#
    let found = fault("trainer.history", "{\"trainer\": \"t\", \(most)}")
    #expect(found == nil, "\(found?.message ?? "")")
  }

  @Test(arguments: [
    "[576460752303423488]", "[1099511627777]", "[4294967296, 4294967296]",
    "[1048576, 1048576, 2]", "[9223372036854775807, 2]",
  ])
  func aShapeHasABound(shape: String) {
    for likelihood in ["bernoulli", "gaussian"] {
      let found = build(shape, likelihood: "{\"type\": \"\(likelihood)\"}")
      #expect(found?.path.hasPrefix("shape") == true, "\(found?.path ?? "nothing")")
    }
  }

  /// Layers that are allowed separately, but not together.
  @Test(arguments: [
    (
      #"{"type": "upsample2d", "factor": 1024}, {"type": "upsample2d", "factor": 1024}, {"type": "upsample2d", "factor": 1024}, {"type": "upsample2d", "factor": 1024}, {"type": "upsample2d", "factor": 1024}, {"type": "upsample2d", "factor": 1024}"#,
      "is too wide"
    ),
    (#"{"type": "conv2d", "channels": 65536, "kernel": 3, "padding": 1024}"#, "is too wide"),
    (#"{"type": "convTranspose2d", "channels": 65536, "kernel": 65536}"#, "is too wide"),
    (
      #"{"type": "convTranspose2d", "channels": 1, "kernel": 3, "stride": 1024}, {"type": "convTranspose2d", "channels": 1, "kernel": 3, "stride": 1024}"#,
      "is too wide"
    ),
    (
      #"{"type": "parallel", "branches": [[{"type": "upsample2d", "factor": 1024}, {"type": "upsample2d", "factor": 1024}], [{"type": "relu"}]]}"#,
      "is too wide"
    ),
    (#"{"type": "conv2d", "channels": 2, "kernel": 65536}"#, "is larger than the image"),
    (#"{"type": "reshape", "shape": [1048576, 2097152]}"#, "at most 2^40 elements"),
    (#"{"type": "reshape", "shape": [1099511627776]}"#, "would have 1099511627776"),
  ])
  func layersHaveOneTogether(layers: String, words: String) {
    let image = #"{"type": "dense", "units": 16}, {"type": "reshape", "shape": [1, 4, 4]}"#
    for (member, found) in [
      ("encoder", build("[1, 4, 4]", "[\(layers)]")),
      ("decoder", build("[1, 4, 4]", decoder: "[\(image), \(layers)]")),
    ] {
      #expect(found?.path.hasPrefix(member) == true, "\(found?.path ?? "nothing")")
      #expect(found?.message.contains(words) == true, "\(found?.message ?? "nothing")")
    }
  }

  @Test func parametersHaveOne() {
    let found = build("[16777216]", #"[{"type": "dense", "units": 65536}, {"type": "dense"}]"#)
    #expect(found?.message.contains("at most 1099511627776 in all") == true)
  }

  @Test(arguments: [
    ("[1073741825]", "bernoulli", "shape"), ("[1073741824]", "gaussian", "decoder"),
  ])
  func rowsHaveOne(shape: String, likelihood: String, path: String) {
    let found = build(shape, likelihood: "{\"type\": \"\(likelihood)\"}")
    #expect(found?.path == path, "\(found?.path ?? "nothing")")
  }

  @Test func aCategoricalsLogitsHaveOne() {
    let found = build(
      "[1073741824]", likelihood: #"{"type": "categorical", "classes": 65536}"#)
    #expect(found?.message.contains("needs 70368744177664 values") == true)
  }

  @Test func columnsEndInTheRow() {
    for (to, path) in [
      ("9223372036854775807", "likelihood.columns[0].to"),
      ("1099511627776", "likelihood.columns[0]"),
    ] {
      let found = build(
        "[4]",
        likelihood:
          #"{"type": "mixed", "columns": [{"from": 0, "to": \#(to), "likelihood": {"type": "gaussian"}}]}"#
      )
      #expect(found?.path == path, "\(found?.path ?? "nothing")")
    }
  }

  /// More classes than a condition takes, in data that are otherwise valid.
  @Test func labelsThatNoConditionHolds() throws {
    let rows = (0..<4097).map { "[\($0 % 2), 1]" }.joined(separator: ",")
    let labels = (0..<4097).map(String.init).joined(separator: ",")
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [\#(rows)], "labels": [\#(labels)]}}"#)
    let found = fault(
      "model.build",
      #"{"data": "d", "latent": 1, "condition": {"type": "label"}, "encoder": \#(Self.dense), "decoder": \#(Self.dense), "likelihood": {"type": "bernoulli"}}"#
    )
    #expect(found?.kind == .params)
    #expect(found?.path == "data")
  }

  @Test func arraysOfNoRows() throws {
    try train()
    let path = folder("none.npy")
    try NPY.write(Tensor([0, 4], []), to: path)
    for method in [
      "model.encode", "model.reconstruct", "evaluate.elbo", "evaluate.gap", "evaluate.gradient",
      "evaluate.likelihood", "plot.latent", "plot.reconstructions",
    ] {
      let found = fault(method, #"{"model": "m", "input": {"path": "\#(path)"}}"#)
      #expect(found?.kind == .shape, "\(method): \(String(describing: found))")
      #expect(found?.path == "input", "\(method)")
    }
    try NPY.write(Tensor([0, 1], []), to: path)
    let found = fault("model.decode", #"{"model": "m", "latent": {"path": "\#(path)"}}"#)
    #expect(found?.kind == .shape)
    #expect(found?.path == "latent")
  }

  /// Ranges exclude infinity, which a schema cannot express.
  @Test(arguments: ["Infinity", "NaN", "-Infinity"])
  func aBoundedNumberIsFinite(value: String) throws {
    try train()
    for (option, path) in [
      (#""optimizer": {"type": "sgd", "rate": "\#(value)"}"#, "optimizer.rate"),
      (#""optimizer": {"type": "adam", "epsilon": "\#(value)"}"#, "optimizer.epsilon"),
      (#""objective": {"type": "elbo", "beta": "\#(value)"}"#, "objective.beta"),
    ] {
      let found = fault("trainer.create", "{\"model\": \"m\", \"data\": \"d\", \(option)}")
      #expect(found?.path == path, "\(String(describing: found))")
    }
  }

  @Test func base64OfNothing() throws {
    try train()
    let found = fault(
      "model.encode",
      #"{"model": "m", "input": {"shape": [1, 4], "dtype": "float32", "base64": ""}}"#)
    #expect(found?.path == "input.base64", "\(String(describing: found))")
  }
}
