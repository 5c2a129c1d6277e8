import Engine
import Glibc
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

/// Numbers that no command can use, and files of the wrong kind: each is refused with its place and
/// a hint.
@Suite struct BadNumbers {
  private let session = Session()
  private let folder = Folder()
  private let model =
    #""latent": 2, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]"#

  private func fault(_ method: String, _ params: String) -> Fault? {
    do throws(Fault) { _ = try session.call(method, params) } catch { return error }
    return nil
  }

  private func build() throws {
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[0, 1], [1, 0], [2, 2]]}, "split": {"test": 1}}"#
    )
    _ = try session.call(
      "model.build",
      "{\"name\": \"m\", \"data\": \"d\", \(model), \"likelihood\": {\"type\": \"gaussian\"}}")
  }

  @Test(arguments: [
    ("model.encode", "input"), ("model.reconstruct", "input"),
    ("model.interpolate", "input"), ("evaluate.elbo", "input"),
    ("evaluate.gap", "input"), ("plot.latent", "input"), ("model.decode", "latent"),
    ("model.interpolate", "latent"),
  ])
  func areRefusedByRowAndColumn(method: String, member: String) throws {
    try build()
    for value in ["NaN", "Infinity"] {
      let found = fault(
        method, "{\"model\": \"m\", \"\(member)\": [[1, 2], [1, \"\(value)\"]]}")
      #expect(found?.kind == .support, "\(String(describing: found))")
      #expect(found?.path == member)
      #expect(found?.message == "row 1, column 1: \"\(value)\" is not a finite number")
    }
  }

  /// Ranges end where float32 does: beyond, a bound is infinite, or draws do not follow the
  /// density.
  @Test(arguments: [
    (#""type": "gaussian", "deviation": 1e-300"#, "deviation", "from 1e-18 to 1e+18"),
    (#""type": "gaussian", "deviation": 1e300"#, "deviation", "from 1e-18 to 1e+18"),
    (#""type": "gaussian", "floor": 1e-300"#, "floor", "from 1e-18 to 1e+18"),
    (#""type": "studentT", "freedom": 0.5"#, "freedom", "from 1.0 to 1000000.0"),
    (#""type": "studentT", "freedom": 1e16"#, "freedom", "from 1.0 to 1000000.0"),
  ])
  func ofALikelihoodAreBounded(likelihood: String, option: String, range: String) {
    let found = fault(
      "model.build", "{\"shape\": [2], \(model), \"likelihood\": {\(likelihood)}}")
    #expect(found?.path == "likelihood.\(option)")
    #expect(found?.message.contains(range) == true, "\(found?.message ?? "")")
  }

  /// The squares of its gradients exceed float32, and the error suggests the remedy.
  @Test func theLeastDeviationTrainsWithAClip() throws {
    try build()
    _ = try session.call(
      "model.build",
      "{\"name\": \"n\", \"data\": \"d\", \(model), \"likelihood\": {\"type\": \"gaussian\", \"deviation\": 1e-18}}"
    )
    _ = try session.call("trainer.create", #"{"name": "s", "model": "n", "data": "d"}"#)
    let refused = fault("trainer.step", #"{"trainer": "s"}"#)
    #expect(refused?.kind == .notFinite && refused?.hint?.contains("\"clip\"") == true)
    _ = try session.call("trainer.create", #"{"name": "t", "model": "n", "data": "d", "clip": 1}"#)
    let reply = try session.call("trainer.step", #"{"trainer": "t", "updates": 3}"#)
    #expect(reply["updates"] == 3)
    #expect(reply["elbo"]?.text == nil, "finite numbers are no words")
  }

  @Test func aSplitThatIsNotThere() throws {
    try build()
    let near = fault("data.get", #"{"data": "d", "split": "tets"}"#)
    #expect(near?.hint == "did you mean \"test\"?")
    let far = fault("data.get", #"{"data": "d", "split": "validation"}"#)
    #expect(far?.hint == "known: train, test")
  }

  @Test func pathsThatAreEmpty() throws {
    try build()
    for (method, params) in [
      ("data.load", #"{"source": {"type": "csv", "path": ""}}"#),
      ("data.load", #"{"source": {"type": "png", "path": ""}}"#),
      ("model.load", #"{"path": ""}"#), ("model.save", #"{"model": "m", "path": ""}"#),
    ] {
      let found = fault(method, params)
      #expect(found?.message.hasSuffix("expected a path, got \"\"") == true, "\(method)")
      #expect(found?.path.hasSuffix("path") == true)
    }
  }

  @Test func aFileOfTheOtherKind() throws {
    try build()
    let paths = ["model", "trainer"].map { folder("\($0).safetensors") }
    _ = try session.call("model.save", "{\"model\": \"m\", \"path\": \"\(paths[0])\"}")
    _ = try session.call("trainer.create", #"{"name": "t", "model": "m", "data": "d"}"#)
    _ = try session.call("trainer.save", "{\"trainer\": \"t\", \"path\": \"\(paths[1])\"}")
    let model = fault("model.load", "{\"path\": \"\(paths[1])\"}")
    #expect(model?.hint?.contains("trainer.load") == true)
    let trainer = fault("trainer.load", "{\"path\": \"\(paths[0])\", \"data\": \"d\"}")
    #expect(trainer?.hint?.contains("model.load") == true)
    // The header of an IDX file of images.
    let head: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 28, 0, 0, 0, 28]
    let images = try folder.write("images", head + [UInt8](repeating: 0, count: 784))
    let text = fault("model.load", "{\"path\": \"\(images)\"}")
    #expect(text?.hint?.contains("expected a safetensors file") == true)
  }

  @Test func aFileThatLostItsNote() throws {
    let path = folder("bare.safetensors")
    try SafeTensors([], metadata: [.init("format", "elbo model 1")]).write(to: path)
    let found = fault("model.load", "{\"path\": \"\(path)\"}")
    #expect(found?.message == "\(path) has no \"model\" in its metadata")
  }

  @Test func aShapeThatNoMemoryHolds() {
    let found = fault(
      "model.build",
      "{\"shape\": [4294967296, 4294967296], \(model), \"likelihood\": {\"type\": \"gaussian\"}}")
    #expect(found?.path == "shape")
    #expect(found?.message.contains("at most 2^40 elements") == true)
  }
}
