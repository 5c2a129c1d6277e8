import Declarations
import Glibc
import JSON
import Layers
import Tensors
import Variational

@testable import Engine

/// A small model with unusable outputs: one likelihood, posterior, prior and objective, with a
/// number in place of every bias of the last layer of one of its stacks.
struct ExtremeModel: Sendable, CustomStringConvertible {
  let likelihood: JSON
  let posterior: JSON
  let prior: JSON
  let objective: JSON
  let value: Float
  let isDecoder: Bool

  var description: String {
    "\(value) from the \(isDecoder ? "decoder" : "encoder"), "
      + [likelihood, posterior, prior, objective].map(\.line).joined(separator: ", ")
  }

  private static let values: [Float] = [
    .nan, .infinity, -.infinity, 1e38, -1e38, Float.leastNormalMagnitude / 64,
  ]

  /// All combinations of registered parts.
  static let all: [ExtremeModel] = {
    var all: [ExtremeModel] = []
    func examples<T>(_ registry: Registry<T>) -> [JSON] { registry.rows.flatMap(\.examples) }
    for likelihood in examples(LikelihoodKind.registry) {
      for posterior in examples(PosteriorKind.registry) {
        for prior in examples(PriorKind.registry) {
          for objective in examples(ObjectiveKind.registry) {
            for value in values {
              for isDecoder in [true, false] {
                all.append(
                  ExtremeModel(
                    likelihood: likelihood, posterior: posterior, prior: prior,
                    objective: objective, value: value, isDecoder: isDecoder))
              }
            }
          }
        }
      }
    }
    return all
  }()

  /// Builds data "d" for which every likelihood has a density, and model "m" with two latents;
  /// counts are up to 8.
  func build(in session: Session) throws(Fault) {
    let type = likelihood["type"]?.text ?? ""
    let hasCounts = ["poisson", "negativeBinomial", "gaussian", "laplace", "studentT"]
    let large: JSON = hasCounts.contains(type) ? 8 : 1
    let values: JSON = [[[0, 1, large]], [[1, 0, 0]], [[large, 1, 1]], [[0, 0, 1]]]
    try call(
      "data.load", ["name": "d", "source": ["type": "array", "values": values]], in: session)
    let dense: JSON = [["type": "dense", "units": 4], ["type": "tanh"], ["type": "dense"]]
    try call(
      "model.build",
      [
        "name": "m", "data": "d", "latent": 2, "encoder": dense, "decoder": dense,
        "likelihood": likelihood, "posterior": posterior, "prior": prior,
      ], in: session)
    let model = try session.models.find("m", at: "")
    let name = isDecoder ? "decoder.2.bias" : "encoder.2.bias"
    guard let index = model.parameters.index(of: name) else { return }
    let shape = model.parameters.specs[index].shape
    // Set directly, since model.assign refuses most of these, and training would fail.
    model.parameters.assign(
      Tensor(shape, [Float](repeating: value, count: shape.count)), to: index)
  }

  private func call(_ method: String, _ params: JSON, in session: Session) throws(Fault) {
    guard let found = methods.first(where: { $0.name == method }) else { return }
    _ = try found.run(params, in: session, Call())
  }

  /// Calls of every method that uses a model; `folder` is for output files.
  func calls(_ folder: String) -> [(method: String, params: JSON)] {
    listedCalls(folder) + plainCalls()
  }

  private func listedCalls(_ folder: String) -> [(method: String, params: JSON)] {
    let rows: JSON = ["model": "m", "data": "d"]
    func and(_ more: JSON, _ first: JSON? = nil) -> JSON {
      guard case .object(let members) = first ?? rows, case .object(let others) = more else {
        return more
      }
      return .object(members + others)
    }
    let few: JSON = ["model": "m"]
    let run: JSON = ["trainer": "t"]
    return [
      ("evaluate.elbo", and(["samples": 2])),
      ("evaluate.elbo", and(["perRow": true])),
      ("evaluate.likelihood", and(["samples": 30])),
      ("evaluate.likelihood", and(["samples": 3, "perRow": true])),
      (
        "evaluate.likelihood",
        and(["estimator": "annealed", "samples": 3, "temperatures": 3, "leapfrog": 2])
      ),
      ("evaluate.bracket", and(["count": 3, "samples": 2, "temperatures": 3, "leapfrog": 2], few)),
      ("evaluate.latent", and([:])),
      ("evaluate.gap", and(["samples": 25, "steps": 3])),
      ("evaluate.gradient", and(["draws": 3, "objective": objective])),
      ("model.encode", and(["samples": 2])),
      ("model.decode", and(["latent": [[0, 1], [1e30, 0]]], few)),
      ("model.reconstruct", and([:])),
      ("model.reconstruct", and(["mean": true])),
      ("model.sample", and(["count": 3, "draw": true], few)),
      ("model.sample", and(["count": 3], few)),
      ("model.interpolate", and(["indices": [0, 1], "steps": 3])),
      ("model.traverse", and(["steps": 3], few)),
      ("model.manifold", and(["steps": 3], few)),
      ("model.parameters", few),
      ("model.save", and(["path": .string(folder + "/m")], few)),
      ("model.load", ["path": .string(folder + "/m"), "name": "n", "replace": true]),
      ("model.drop", ["model": "n"]),
      ("model.assign", and(["parameters": ["decoder.0.bias": [0, 0, 0, 0]]], few)),
      ("plot.data", ["data": "d"]),
      ("plot.reconstructions", and([:])), ("plot.samples", and(["count": 4], few)),
      ("plot.interpolation", and(["indices": [0, 1], "steps": 3])),
      ("plot.traversal", and(["steps": 3], few)), ("plot.manifold", and(["steps": 3], few)),
      (
        "trainer.create",
        and([
          "name": "t", "replace": true, "objective": objective, "batch": 4,
          "validation": ["data": "d", "every": 1], "stopping": ["patience": 1],
        ])
      ),
      ("trainer.step", and(["updates": 2, "partial": true], run)),
      ("trainer.start", and(["updates": 2, "partial": true], run)), ("trainer.wait", run),
      ("trainer.stop", run), ("trainer.history", run),
      ("trainer.model", and(["weights": "latest", "name": "n", "replace": true], run)),
      ("trainer.model", and(["weights": "best", "name": "n", "replace": true], run)),
      ("trainer.save", and(["path": .string(folder + "/t")], run)),
      (
        "trainer.load",
        ["path": .string(folder + "/t"), "data": "d", "name": "u", "replace": true]
      ),
      ("data.get", ["data": "d"]),
    ]
  }

  /// Returns calls of every method without a line in the two lists that needs at most a model, data
  /// and a trainer.
  func plainCalls() -> [(method: String, params: JSON)] {
    let listed = Set((listedCalls("") + costlyCalls("")).map(\.method))
    let usual: [String: JSON] = ["model": "m", "data": "d", "trainer": "t"]
    return methods.filter { !listed.contains($0.name) }.compactMap { method in
      let required = method.params.json["required"]?.elements?.compactMap(\.text) ?? []
      guard required.allSatisfy({ usual[$0] != nil }) else { return nil }
      let given = method.parameters.compactMap { name in
        usual[name].map { JSON.Member(name, $0) }
      }
      return (method.name, .object(given))
    }
  }

  /// Calls that take a tenth of a second or more, or that do not use the model.
  func costlyCalls(_ folder: String) -> [(method: String, params: JSON)] {
    let run: JSON = ["trainer": "t"]
    let table: JSON = ["type": "table", "values": [0, 1, "Infinity", 2]]
    return [
      ("plot.latent", ["model": "m", "data": "d"]),
      ("plot.curves", run), ("plot.validation", run), ("plot.compare", ["trainers": ["t"]]),
      ("trainer.drop", run), ("data.drop", ["data": "d"]),
      ("data.load", ["source": ["type": "strokes", "count": 10]]),
      (
        "model.build",
        [
          "shape": [1], "latent": 1, "encoder": [["type": "dense"]], "decoder": [["type": "dense"]],
          "likelihood": likelihood,
        ]
      ),
      ("meanField.define", ["name": "p", "variables": 2, "energy": table]),
      ("meanField.exact", ["distribution": "p"]),
      ("meanField.fit", ["distribution": "p", "family": "independent"]),
      ("plot.meanField", ["distribution": "p"]),
      ("meanField.list", [:]), ("meanField.drop", ["distribution": "p"]),
      ("engine.info", [:]), ("engine.modules", [:]), ("engine.selfTest", [:]),
      ("rpc.discover", [:]),
    ]
  }
}
