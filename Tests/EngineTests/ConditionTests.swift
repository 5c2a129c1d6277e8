import Declarations
import Engine
import JSON
import SessionSupport
import Testing

/// Conditional models as commands: a chosen digit is drawn, and missing or unknown labels are
/// reported.
@Suite struct ConditionCommands {
  private let session = Session()

  private func build(count: Int = 40) throws {
    _ = try session.call(
      "data.load",
      """
      {"name": "digits", "source": {"type": "strokes", "count": \(count)},
       "transforms": [{"type": "subsample", "factor": 2}, {"type": "binarize"}]}
      """)
    _ = try session.call(
      "model.build",
      """
      {"name": "vae", "data": "digits", "latent": 2, "likelihood": {"type": "bernoulli"},
       "condition": {"type": "label"},
       "encoder": [{"type": "dense", "units": 64}, {"type": "tanh"}, {"type": "dense"}],
       "decoder": [{"type": "dense", "units": 64}, {"type": "tanh"}, {"type": "dense"}]}
      """)
    _ = try session.call(
      "model.build",
      """
      {"name": "plain", "data": "digits", "latent": 2, "likelihood": {"type": "bernoulli"},
       "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
      """)
  }

  private func floats(_ json: JSON?) throws -> [Float] {
    try [Float](json: try #require(json?["values"]))
  }

  /// For every class the draw is nearest to the mean of that class.
  @Test func digitsThatAreDrawnAreThoseThatWereAskedFor() throws {
    try build(count: 1000)
    _ = try session.call("trainer.create", #"{"name": "run", "model": "vae", "data": "digits"}"#)
    _ = try session.call("trainer.step", #"{"trainer": "run", "updates": 400}"#)
    let data = try session.call("data.get", #"{"data": "digits"}"#)
    let (pixels, labels) = (try floats(data["input"]), try [Int](json: data["labels"] ?? []))
    var means = [[Double]](repeating: [Double](repeating: 0, count: 196), count: 10)
    for (row, label) in labels.enumerated() {
      let share = 1 / Double(labels.count { $0 == label })
      for i in 0..<196 { means[label][i] += Double(pixels[row * 196 + i]) * share }
    }
    var right = 0
    for label in 0..<10 {
      let drawn = try floats(
        try session.call(
          "model.sample", #"{"model": "vae", "count": 20, "seed": \#(label), "label": \#(label)}"#)[
            "output"])
      for row in 0..<20 {
        let distances = means.map { mean in
          (0..<196).reduce(0.0) {
            let gap = mean[$1] - Double(drawn[row * 196 + $1])
            return $0 + gap * gap
          }
        }
        if distances.firstIndex(of: distances.min() ?? 0) == label { right += 1 }
      }
    }
    #expect(right >= 190, "\(right) of 200 were recognised")
  }

  @Test func aListOfLabelsHasOneForEachDraw() throws {
    try build()
    let all = try session.call("model.sample", #"{"model": "vae", "count": 2, "label": [4, 7]}"#)
    let values = try floats(all["output"])
    for (place, label) in [4, 7].enumerated() {
      let single = try session.call(
        "model.sample", #"{"model": "vae", "count": 2, "label": \#(label)}"#)
      let expected = try floats(single["output"])
      #expect(
        Array(values[place * 196..<(place + 1) * 196])
          == Array(expected[place * 196..<(place + 1) * 196]))
    }
    #expect(values[..<196] != values[196...])
  }

  @Test func rowsOfTheClientsOwnComeWithLabels() throws {
    try build()
    let row = try session.call("data.get", #"{"data": "digits", "indices": [3]}"#)
    let label = try #require(try [Int](json: row["labels"] ?? []).first)
    let input = try #require(row["input"]).line
    for method in ["model.encode", "model.reconstruct", "evaluate.elbo"] {
      let own = try session.call(
        method, #"{"model": "vae", "input": \#(input), "labels": \#(label), "seed": 2}"#)
      let none = try? session.call(method, #"{"model": "vae", "input": \#(input), "seed": 2}"#)
      #expect(none == nil, "\(method) without a label")
      #expect(own != .null)
    }
    let (found, given) = (
      try session.call("model.encode", #"{"model": "vae", "data": "digits", "indices": [3]}"#),
      try session.call(
        "model.encode", #"{"model": "vae", "input": \#(input), "labels": [\#(label)]}"#)
    )
    #expect(found["mean"] == given["mean"])
  }

  @Test(arguments: [
    ("model.sample", #""count": 2"#, "label", Fault.Kind.params),
    ("model.sample", #""count": 2, "label": 10"#, "label", .support),
    ("model.sample", #""count": 2, "label": -1"#, "label", .support),
    ("model.sample", #""count": 2, "label": [1]"#, "label", .params),
    ("model.sample", #""count": 2, "label": "three""#, "label", .params),
    ("model.sample", #""count": 2, "label": [1, null]"#, "label[1]", .params),
    ("model.decode", #""latent": [[0, 0]]"#, "label", .params),
    ("model.decode", #""latent": [[0, 0]], "label": 12"#, "label", .support),
    ("model.encode", #""data": "digits", "labels": 1"#, "labels", .params),
    ("model.traverse", "\"steps\": 2", "label", .params),
    ("model.manifold", "\"steps\": 2, \"label\": 10", "label", .support),
    ("model.interpolate", #""data": "digits", "indices": [0, 1]"#, "label", .params),
    ("plot.samples", "\"label\": 11", "label", .support),
    ("evaluate.bracket", #""count": 3, "label": [1, 2]"#, "label", .params),
  ])
  func whatIsMissingOrUnknownIsNamed(
    method: String, params: String, path: String, kind: Fault.Kind
  ) throws {
    try build()
    let fault = #expect(throws: Fault.self) {
      _ = try session.call(method, #"{"model": "vae", \#(params)}"#)
    }
    #expect(fault?.path == path && fault?.kind == kind, "\(fault as Any)")
  }

  @Test func aPathBetweenClassesNeedsALabel() throws {
    try build()
    let fault = #expect(throws: Fault.self) {
      _ = try session.call(
        "model.interpolate", #"{"model": "vae", "data": "digits", "indices": [0, 1]}"#)
    }
    #expect(fault?.message.contains("the rows have different ones") == true)
    #expect(fault?.got == "rows of 0 and 1")
  }

  @Test(arguments: [
    ("model.sample", "\"count\": 1"), ("model.decode", #""latent": [[0, 0]]"#),
    ("model.traverse", "\"steps\": 2"), ("plot.samples", "\"count\": 1"),
  ])
  func modelsWithoutAConditionTakeNoLabel(method: String, params: String) throws {
    try build()
    _ = try session.call(method, #"{"model": "plain", \#(params)}"#)
    let fault = #expect(throws: Fault.self) {
      _ = try session.call(method, #"{"model": "plain", \#(params), "label": 1}"#)
    }
    #expect(fault?.path == "label" && fault?.kind == .params)
  }

  @Test func dataWithoutLabelsAreRefusedWhereverTheyAreGiven() throws {
    try build()
    _ = try session.call(
      "data.load",
      #"{"name": "bare", "source": {"type": "array", "values": \#(try session.call("data.get", #"{"data": "digits", "count": 4}"#)["input"]?.line ?? "")}}"#
    )
    for (method, params) in [
      ("trainer.create", #"{"model": "vae", "data": "bare"}"#),
      ("trainer.create", #"{"model": "vae", "data": "digits", "validation": {"data": "bare"}}"#),
      ("evaluate.elbo", #"{"model": "vae", "data": "bare"}"#),
      ("model.encode", #"{"model": "vae", "data": "bare"}"#),
      (
        "model.build",
        """
        {"data": "bare", "latent": 2, "likelihood": {"type": "bernoulli"},
         "condition": {"type": "label"}, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
        """
      ),
    ] {
      let fault = #expect(throws: Fault.self) { _ = try session.call(method, params) }
      #expect(fault?.kind == .params && fault?.path.hasSuffix("data") == true, "\(method)")
      #expect(fault?.message.contains("no labels") == true, "\(method): \(fault as Any)")
    }
    #expect(try session.call("model.list", "{}")["models"] == ["vae", "plain"])
    #expect(try session.call("trainer.list", "{}")["trainers"]?.elements?.isEmpty == true)
  }

  @Test func evaluatorsTakeTheLabelsOfTheRows() throws {
    try build()
    for (method, params) in [
      ("evaluate.elbo", #""samples": 2"#), ("evaluate.likelihood", #""samples": 3"#),
      ("evaluate.latent", #""samples": 2"#), ("evaluate.gap", #""samples": 2, "steps": 2"#),
      ("evaluate.gradient", #""objective": {"type": "elbo"}, "draws": 2"#),
    ] {
      _ = try session.call(
        method, #"{"model": "vae", "data": "digits", "count": 6, \#(params)}"#)
    }
    let bracket = try session.call(
      "evaluate.bracket", #"{"model": "vae", "count": 3, "samples": 2, "temperatures": 3}"#)
    #expect(bracket["count"] == 3)
  }
}
