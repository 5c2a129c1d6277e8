import Engine
import JSON
import SessionSupport
import Testing

/// Figures that are not finite are errors of their own kind, with the rows and the place; if the
/// reply has a value for each row, the other rows still have theirs.
@Suite struct FiguresThatAreNotFinite {
  private let session = Session()

  private func fault(_ method: String, _ params: String) -> Fault? {
    do throws(Fault) { _ = try session.call(method, params) } catch { return error }
    return nil
  }

  /// Builds three rows and a model with unusable log-variances: for every row, or only for the last
  /// one.
  private func build(ofOneRow: Bool = false) throws {
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[[0.1, -0.1]], [[0.6, 0.1]], [[-1, 200]]]}}"#
    )
    _ = try session.call(
      "model.build",
      """
      {"name": "m", "data": "d", "latent": 2, "posterior": {"type": "gaussian", "ceiling": 1e6}, "encoder": [{"type": "dense"}],
       "decoder": [{"type": "dense"}], "likelihood": {"type": "gaussian"}}
      """)
    let parameters =
      ofOneRow
      ? #""encoder.0.weight": [[0, 0, 0, 0], [0, 0, 100, 100]]"#
      : #""encoder.0.bias": [0, 0, 1000000.0, 0]"#
    _ = try session.call("model.assign", "{\"model\": \"m\", \"parameters\": {\(parameters)}}")
  }

  private static let calls: [(method: String, params: String)] = [
    ("evaluate.elbo", ""), ("evaluate.elbo", #", "perRow": true"#),
    ("evaluate.likelihood", #", "samples": 50"#), ("evaluate.latent", ""),
    ("evaluate.gap", #", "samples": 5, "steps": 3"#),
    ("evaluate.gradient", #", "draws": 3"#),
    ("model.encode", ""), ("model.encode", #", "samples": 2"#), ("model.reconstruct", ""),
    ("plot.reconstructions", ""),
  ]

  @Test(arguments: calls)
  func areErrorsOfTheirOwn(method: String, params: String) throws {
    try build()
    let found = try #require(fault(method, "{\"model\": \"m\", \"data\": \"d\"\(params)}"))
    #expect(found.kind == .notFinite)
    #expect(found.message.contains("3 of 3 rows (rows 0, 1, 2)"), "\(found.message)")
    #expect(found.message.contains("arises in the posterior (gaussian)"), "\(found.message)")
    #expect(found.expected == "finite numbers" && found.hint != nil)
    let declared = methods.first { $0.name == method }?.faults ?? []
    #expect(declared.contains(.notFinite))
  }

  /// The last row's numbers are NaN, and those of the others do not change.
  @Test func areCountedAmongRows() throws {
    try build(ofOneRow: true)
    let others = try session.call(
      "evaluate.elbo", #"{"model": "m", "data": "d", "count": 2, "perRow": true}"#)
    #expect(others["notFinite"] == nil)
    for (method, params, lists) in [
      ("evaluate.elbo", "", ["elbo", "reconstruction", "divergence"]),
      ("evaluate.likelihood", #", "samples": 30"#, ["logLikelihood"]),
      ("evaluate.gap", #", "samples": 5, "steps": 3"#, ["elbo", "logLikelihood"]),
    ] {
      let rows = "{\"model\": \"m\", \"data\": \"d\"\(params)"
      let mean = try #require(fault(method, rows + "}"))
      #expect(mean.kind == .notFinite && mean.message.contains("1 of 3 rows (row 2)"))
      #expect(mean.hint?.contains("\"perRow\": true") == true)
      let reply = try session.call(method, rows + #", "perRow": true}"#)
      #expect(reply["notFinite"] == 1, "\(reply.line)")
      for list in lists {
        let values = try #require(reply["rows"]?[list]?.elements).map { try Double(json: $0) }
        #expect(values[0].isFinite && values[1].isFinite && !values[2].isFinite, "\(values)")
        let overall = try Double(json: try #require(reply[list]))
        #expect(!overall.isFinite, "the mean over all rows is no number")
      }
    }
    let encoded = try session.call("model.encode", #"{"model": "m", "data": "d"}"#)
    #expect(encoded["notFinite"] == 1)
    let elbo = try session.call(
      "evaluate.elbo", #"{"model": "m", "data": "d", "perRow": true}"#)
    for row in 0..<2 {
      #expect(elbo["rows"]?["elbo"]?.elements?[row] == others["rows"]?["elbo"]?.elements?[row])
    }
    let unreliable = try session.call(
      "evaluate.likelihood", #"{"model": "m", "data": "d", "samples": 400, "perRow": true}"#)
    #expect(try Double(json: try #require(unreliable["unreliable"])) >= 1 / 3)
    #expect(unreliable["warning"] != nil)
  }

  /// For examples drawn from the model, for latents and for walks, with the decoder's layer.
  @Test(arguments: [
    ("evaluate.bracket", #""count": 2, "temperatures": 2"#, "2 of 2 examples"),
    ("model.sample", #""count": 3"#, "3 of 3 examples"),
    ("model.sample", #""count": 3, "draw": true"#, "3 of 3 examples"),
    ("model.decode", #""latent": [[0, 1]]"#, "1 of 1 examples"),
    ("model.traverse", #""steps": 2"#, "4 of 4 examples"),
    ("model.manifold", #""steps": 2"#, "4 of 4 examples"),
    ("plot.samples", #""count": 3"#, "3 of 3 examples"),
    ("plot.traversal", #""steps": 2"#, "4 of 4 examples"),
    ("plot.manifold", #""steps": 2"#, "4 of 4 examples"),
  ])
  func ofTheDecoderNameItsLayer(method: String, params: String, rows: String) throws {
    try build()
    _ = try session.call(
      "model.assign",
      #"{"model": "m", "parameters": {"decoder.0.weight": [[3e38, 3e38, 0, 0], [3e38, 3e38, 0, 0]], "decoder.0.bias": [3e38, -3e38, 0, 0]}}"#
    )
    let found = fault(method, "{\"model\": \"m\", \(params)}")
    // Some of a walk's latents have a mean.
    guard let found else {
      let reply = try session.call(method, "{\"model\": \"m\", \(params)}")
      #expect(reply["notFinite"] != nil, "\(method)")
      return
    }
    #expect(found.kind == .notFinite, "\(found)")
    if found.message.contains(rows) {
      #expect(found.message.contains("layer decoder.0 (dense)"), "\(found.message)")
    } else {
      Issue.record("\(found.message)")
    }
  }

  /// Comparisons with NaN are false, which must not choose the first class.
  @Test func ofClassesAreNoClass() throws {
    _ = try session.call(
      "model.build",
      """
      {"name": "c", "shape": [1, 2], "latent": 1, "posterior": {"type": "gaussian", "ceiling": 1e6}, "encoder": [{"type": "dense"}],
       "decoder": [{"type": "dense", "units": 6}, {"type": "dense"}],
       "likelihood": {"type": "categorical", "classes": 3}}
      """)
    _ = try session.call(
      "model.assign",
      #"{"model": "c", "parameters": {"decoder.0.weight": [[3e38, -3e38, 3e38, -3e38, 3e38, -3e38]], "decoder.1.bias": [3e38, 3e38, 3e38, 3e38, 3e38, 3e38]}}"#
    )
    for (method, params) in [
      ("model.decode", #""latent": [[5]]"#), ("model.sample", #""count": 1, "draw": true"#),
      ("evaluate.bracket", #""count": 1, "temperatures": 1"#),
    ] {
      let found = fault(method, "{\"model\": \"c\", \(params)}")
      #expect(found?.kind == .notFinite, "\(method)")
    }
  }

  /// A validation that is not finite ends the run with an error, is not counted, and leaves no best
  /// weights.
  @Test func ofAValidationAreNoConvergence() throws {
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[0.1, -0.2], [0.5, 1.1], [-0.7, 0.3], [0.9, -1.2]]}}"#
    )
    _ = try session.call(
      "data.load",
      #"{"name": "v", "source": {"type": "array", "values": [[0.2, 0.3], [3e38, 1]]}}"#)
    _ = try session.call(
      "model.build",
      """
      {"name": "m", "data": "d", "latent": 1, "posterior": {"type": "gaussian", "ceiling": 1e6}, "encoder": [{"type": "dense"}],
       "decoder": [{"type": "dense"}], "likelihood": {"type": "gaussian"}}
      """)
    _ = try session.call(
      "trainer.create",
      """
      {"name": "t", "model": "m", "data": "d", "validation": {"data": "v", "every": 2},
       "stopping": {"patience": 1}}
      """)
    for round in 1...3 {
      let found = try #require(fault("trainer.step", #"{"trainer": "t", "updates": 100}"#))
      #expect(found.kind == .notFinite)
      #expect(
        found.message.hasPrefix(
          "update \(2 * round): the validation's ELBO is not finite in 1 of 2 rows (row 1)"),
        "\(found.message)")
      #expect(found.message.contains("arises in"))
      let info = try session.call("trainer.info", #"{"trainer": "t"}"#)
      #expect(info["update"] == .int(2 * round), "the update stands")
      #expect(info["stopped"] == nil && info["best"] == nil && info["state"]?.text == "idle")
    }
    let history = try session.call("trainer.history", #"{"trainer": "t"}"#)
    #expect(history["validation"]?["update"] == [2, 4, 6])
    #expect(history["validation"]?["elbo"]?.line.contains("0.") == false)
    let best = try #require(fault("trainer.model", #"{"trainer": "t", "weights": "best"}"#))
    #expect(best.kind == .wrongState)
    #expect(best.message == "none of this trainer's validations was finite")
    _ = try session.call("trainer.start", #"{"trainer": "t", "updates": 100}"#)
    let ended = try session.call("trainer.wait", #"{"trainer": "t"}"#)
    #expect(ended["state"]?.text == "failed" && ended["update"] == 8)
    #expect(ended["failure"]?.text?.contains("validation") == true)
  }
}
