import Engine
import Files
import JSON
import SessionSupport

/// The files that the program writes itself.
extension FileSpecimen {
  /// The sources of the specimens: every kind of layer with a state, of distribution, of optimizer
  /// and of saved state.
  private static let homes: [(model: String, trainer: String?)] = [
    (#""encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}]"#, nil),
    (
      #""encoder":[{"type":"conv2d","channels":2,"kernel":3},{"type":"batchNorm"},{"type":"relu"},{"type":"dense"}],"#
        + #""decoder":[{"type":"dense","units":4},{"type":"reshape","shape":[1,2,2]},{"type":"upsample2d","factor":2},"#
        + #"{"type":"conv2d","channels":1,"kernel":3,"padding":1},{"type":"flatten"},{"type":"dense"}]"#,
      #""optimizer":{"type":"adam","rate":0.01},"averaging":{"decay":0.5},"validation":{"every":2},"stopping":{"patience":9}"#
    ),
    (
      #""condition":{"type":"label"},"posterior":{"type":"flow","kind":"planar","layers":2},"#
        + #""encoder":[{"type":"dense","units":4},{"type":"tanh"},{"type":"dense"}],"decoder":[{"type":"dense"}]"#,
      #""optimizer":{"type":"amsgrad"},"schedule":{"type":"cosine","updates":9},"validation":{"every":1,"samples":2}"#
    ),
    (
      #""posterior":{"type":"fullGaussian"},"prior":{"type":"mixture","components":2},"#
        + #""encoder":[{"type":"dense"}],"decoder":[{"type":"gatedDense","units":4},{"type":"dense"}]"#,
      #""optimizer":{"type":"sgd","rate":0.01,"momentum":0.9},"objective":{"type":"elbo","warmUp":3},"batch":3"#
    ),
    (
      #""prior":{"type":"vamp","components":2},"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}]"#,
      #""optimizer":{"type":"rmsprop"},"objective":{"type":"importance","samples":3},"batch":2"#
    ),
  ]

  private static let rows: JSON = .array(
    (0..<6).map { row in
      .array([.array((0..<4).map { y in .array((0..<4).map { .int((row * y + $0) % 2) }) })])
    })

  /// The data for loading trainers, and the model to which arrays are assigned.
  package static let preparation: [JSON] = [
    [
      "method": "data.load",
      "params": [
        "name": "d",
        "source": ["type": "array", "values": rows, "labels": [0, 1, 2, 0, 1, 2]],
        "split": ["validation": 2],
      ],
    ],
    [
      "method": "model.build",
      "params": [
        "name": "plain", "data": "d", "latent": 2, "encoder": [["type": "dense"]],
        "decoder": [["type": "dense"]], "likelihood": ["type": "bernoulli"],
      ],
    ],
  ]

  /// Returns the specimens, written by the program's own commands if it writes such files.
  package static func all(in folder: String) throws -> [FileSpecimen] {
    let session = Session()
    for request in preparation {
      _ = try session.call(request["method"]?.text ?? "", request["params"]?.line ?? "")
    }
    var specimens = FileSpecimen.foreign
    for (place, home) in homes.enumerated() {
      let (name, path) = ("m\(place)", "\(folder)/specimen")
      _ = try session.call(
        "model.build",
        #"{"name":"\#(name)","data":"d","latent":2,\#(home.model),"likelihood":{"type":"bernoulli"}}"#
      )
      _ = try session.call("model.save", #"{"model":"\#(name)","path":"\#(path)"}"#)
      let model = FileSpecimen(
        form: .safetensors, bytes: try File.read(path), calls: FileSpecimen.model)
      specimens.append(model)
      guard let trainer = home.trainer else { continue }
      _ = try session.call(
        "trainer.create", #"{"name":"\#(name)","model":"\#(name)","data":"d",\#(trainer)}"#)
      _ = try session.call("trainer.step", #"{"trainer":"\#(name)","updates":5}"#)
      _ = try session.call("trainer.save", #"{"trainer":"\#(name)","path":"\#(path)"}"#)
      // These cover most of what a file can contain.
      let kept = FileSpecimen(
        form: .safetensors, bytes: try File.read(path), calls: FileSpecimen.trainer)
      specimens += [kept, kept, kept]
    }
    return specimens
  }

  /// Returns the newest checkpoint of a run, and puts its folder into `folder`.
  package static func checkpoint(in folder: String) throws -> [UInt8] {
    let session = Session()
    for request in preparation {
      _ = try session.call(request["method"]?.text ?? "", request["params"]?.line ?? "")
    }
    _ = try session.call(
      "trainer.create",
      #"{"name":"t","model":"plain","data":"d","checkpoint":{"path":"\#(folder)/run","every":5,"replace":true}}"#
    )
    _ = try session.call("trainer.step", #"{"trainer":"t","updates":5}"#)
    session.close()
    return try File.read("\(folder)/run/update-000000000005.safetensors")
  }
}
