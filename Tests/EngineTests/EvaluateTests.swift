import Engine
import JSON
import SessionSupport
import Testing

/// The evaluators as commands: their replies and their refusals.
@Suite struct EvaluateTests {
  private let session = Session()

  private func build() throws {
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "strokes", "count": 60}, "transforms": [{"type": "binarize", "threshold": 0.5}]}"#
    )
    _ = try session.call(
      "model.build",
      """
      {"name": "m", "data": "d", "latent": 2, "likelihood": {"type": "bernoulli"},
       "encoder": [{"type": "dense", "units": 8}, {"type": "tanh"}, {"type": "dense"}],
       "decoder": [{"type": "dense", "units": 8}, {"type": "tanh"}, {"type": "dense"}]}
      """)
  }

  @Test func everyResultSaysWhatItIs() throws {
    try build()
    let rows = #""model": "m", "data": "d", "count": 4"#
    for (method, params) in [
      ("evaluate.elbo", "{\(rows), \"samples\": 4}"),
      ("evaluate.likelihood", "{\(rows), \"samples\": 40}"),
      (
        "evaluate.likelihood",
        "{\(rows), \"samples\": 3, \"estimator\": \"annealed\", \"temperatures\": 5, \"leapfrog\": 2}"
      ),
      ("evaluate.bracket", #"{"model": "m", "count": 4, "samples": 3, "temperatures": 5}"#),
      ("evaluate.latent", "{\(rows), \"samples\": 3}"),
      ("evaluate.gap", "{\(rows), \"samples\": 5, \"steps\": 3}"),
    ] {
      var params = params
      params.removeLast()
      let reply = try session.call(method, params + #", "perRow": true}"#)
      #expect(reply["unit"]?.text == "nats", "\(method)")
      #expect(reply["count"] == 4, "\(method)")
      #expect(reply["samples"] != nil, "\(method)")
      #expect(reply["binarization"]?.text != nil, "\(method)")
      #expect(reply["standardError"] != nil, "\(method)")
      #expect(reply["monteCarloError"] != nil, "\(method)")
      guard case .object(let lists)? = reply["rows"] else {
        Issue.record("\(method) without rows")
        continue
      }
      for list in lists { #expect(list.value.elements?.count == 4, "\(method) \(list.name)") }
    }
  }

  @Test func gradientsOfEachEstimator() throws {
    try build()
    let reply = try session.call(
      "evaluate.gradient",
      #"{"model": "m", "data": "d", "count": 5, "objective": {"type": "importance", "samples": 3}, "draws": 10}"#
    )
    let names = reply["estimators"]?.elements?.compactMap { $0["estimator"]?.text }
    #expect(names == ["reparameterized", "stickTheLanding", "doublyReparameterized"])
    #expect(reply["samples"] == 3)
    #expect(reply["draws"] == 10)
  }

  @Test func selfTestPasses() throws {
    let reply = try session.call("engine.selfTest", "{}")
    #expect(reply["passed"] == true)
    #expect((reply["checks"]?.elements?.count ?? 0) >= 18)
  }

  /// Method, parameters, path and a word of the message or the hint.
  @Test(arguments: [
    ("evaluate.likelihood", #""samples": 0"#, "samples", "from 1"),
    ("evaluate.likelihood", #""samples": -3"#, "samples", "from 1"),
    ("evaluate.likelihood", #""estimator": "ais""#, "estimator", "annealed"),
    ("evaluate.likelihood", #""temperatures": 10"#, "temperatures", "annealed"),
    ("evaluate.likelihood", #""leapfrog": 5"#, "leapfrog", "annealed"),
    (
      "evaluate.likelihood", #""estimator": "annealed", "temperatures": 0"#, "temperatures",
      "from 1"
    ),
    ("evaluate.likelihood", #""estimator": "annealed", "leapfrog": 0"#, "leapfrog", "from 1"),
    ("evaluate.bracket", #""count": 0"#, "count", "from 1"),
    ("evaluate.bracket", #""count": 3, "data": "d""#, "data", "one of model"),
    ("evaluate.latent", #""threshold": -1"#, "threshold", "from 0"),
    ("evaluate.latent", #""count": 1"#, "count", "two rows"),
    ("evaluate.gap", #""steps": 0"#, "steps", "from 1"),
    ("evaluate.gap", #""rate": 0"#, "rate", "above 0"),
    ("evaluate.gap", #""temperatures": 7"#, "temperatures", "annealed"),
    ("evaluate.gradient", #""draws": 1"#, "draws", "from 2"),
    ("evaluate.gradient", #""estimators": []"#, "estimators", "at least one"),
    ("evaluate.gradient", #""estimators": ["reinforce"]"#, "estimators[0]", "stickTheLanding"),
    (
      "evaluate.gradient", #""objective": {"type": "elbo"}, "estimators": ["stickTheLanding"]"#,
      "estimators[0]", "importance"
    ),
  ]) func refuses(method: String, params: String, path: String, word: String) throws {
    try build()
    let rows = method == "evaluate.bracket" ? "" : #""data": "d", "#
    let fault = #expect(throws: Fault.self) {
      try session.call(method, "{\"model\": \"m\", \(rows)\(params)}")
    }
    #expect(fault?.kind == .params)
    #expect(fault?.path == path)
    let words = "\(fault?.message ?? "") \(fault?.expected ?? "") \(fault?.hint ?? "")"
    #expect(words.contains(word), "\(words)")
  }

  @Test func greyLevelsAreRefusedWhereTheModelIsBinary() throws {
    try build()
    let row = "[" + Array(repeating: "0.5", count: 784).joined(separator: ",") + "]"
    for method in ["likelihood", "latent", "gap", "gradient"] {
      let fault = #expect(throws: Fault.self) {
        try session.call("evaluate.\(method)", "{\"model\": \"m\", \"input\": [\(row), \(row)]}")
      }
      #expect(fault?.kind == .support, "\(method)")
    }
  }

  /// One step of the largest rate ruins every row's q; the encoder's q then replaces it, and the
  /// reply says so.
  @Test func aFitThatFailsIsNotTheBest() throws {
    try build()
    let reply = try session.call(
      "evaluate.gap",
      #"{"model": "m", "data": "d", "count": 6, "samples": 20, "steps": 2, "rate": 1, "perRow": true}"#
    )
    guard case .int(let unimproved)? = reply["unimproved"] else {
      Issue.record("\(reply.line)")
      return
    }
    #expect(unimproved > 0)
    let lost = try #require(reply["rows"]?["amortization"]?.elements).map(\.line)
    #expect(lost.count { $0 == "0.0" } == unimproved)
    #expect(lost.allSatisfy { !$0.hasPrefix("-") }, "\(lost)")
    let long = try session.call(
      "evaluate.gap", #"{"model": "m", "data": "d", "count": 6, "samples": 20, "steps": 300}"#)
    #expect(long["unimproved"] == 0)
  }

  @Test func aStoppedCallIsCancelled() throws {
    try build()
    let stop = StopFlag()
    stop.raise()
    for (method, params) in [
      ("evaluate.likelihood", #"{"model": "m", "data": "d", "estimator": "annealed"}"#),
      ("evaluate.bracket", #"{"model": "m", "count": 1000}"#),
      ("evaluate.gap", #"{"model": "m", "data": "d"}"#),
      ("evaluate.latent", #"{"model": "m", "data": "d"}"#),
      ("evaluate.gradient", #"{"model": "m", "data": "d", "draws": 1000000}"#),
    ] {
      let found = try #require(methods.first { $0.name == method })
      let fault = #expect(throws: Fault.self) {
        try found.run(try JSON(parsing: params), in: session, Call(stop: stop))
      }
      #expect(fault?.kind == .cancelled, "\(method)")
    }
  }
}
