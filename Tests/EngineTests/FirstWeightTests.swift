import Engine
import Glibc
import JSON
import SessionSupport
import Tensors
import Testing

/// The first weights of a model that was built for data: they know its mean and its scales.
@Suite struct FirstWeights {
  private let session = Session()

  /// Loads 240 rows of three columns that depend on two numbers, times these units.
  private func load(_ units: [Double]) throws {
    let rows = (0..<240).map { row in
      let (a, b) = (sin(Double(row) * 1.7), cos(Double(row) * 0.6 + 1))
      let noise = sin(Double(row * row))
      let values = [a + 0.3 * noise, a * b + 0.2 * noise + 2, b - 0.5 * a + 0.1 * noise]
      return "[" + zip(values, units).map { "\($0 * $1)" }.joined(separator: ",") + "]"
    }
    _ = try session.call(
      "data.load",
      "{\"name\": \"d\", \"replace\": true, \"source\": {\"type\": \"array\", \"values\": [\(rows.joined(separator: ","))]}}"
    )
  }

  private func build(
    _ likelihood: String = #"{"type": "gaussian", "floor": 1e-9}"#, _ more: String = ""
  ) throws {
    _ = try session.call(
      "model.build",
      #"{"name": "m", "replace": true, "data": "d", "latent": 2, "likelihood": \#(likelihood), "encoder": [{"type": "dense", "units": 32}, {"type": "tanh"}, {"type": "dense"}], "decoder": [{"type": "dense", "units": 32}, {"type": "tanh"}, {"type": "dense"}]\#(more)}"#
    )
  }

  private func logLikelihood(after updates: Int) throws -> Double {
    if updates > 0 {
      _ = try session.call(
        "trainer.create", #"{"name": "t", "replace": true, "model": "m", "data": "d", "batch": 40}"#
      )
      _ = try session.call("trainer.step", "{\"trainer\": \"t\", \"updates\": \(updates)}")
    }
    let reply = try session.call(
      "evaluate.likelihood", #"{"model": "m", "data": "d", "samples": 100}"#)
    return try Double(json: #require(reply["logLikelihood"]))
  }

  private func weights(_ name: String) throws -> [Float] {
    let reply = try session.call(
      "model.parameters", "{\"model\": \"m\", \"names\": [\"\(name)\"]}")
    return try TensorForm(json: #require(reply["parameters"]?[name])).tensor().values
  }

  /// Without "preprocess" a table is learned, if not as well as one that is standardised: the steps
  /// of Adam do not know the units of the columns.
  @Test(arguments: [
    #"{"type": "gaussian", "floor": 1e-9}"#, #"{"type": "laplace"}"#, #"{"type": "studentT"}"#,
    #"{"type": "mixed", "columns": [{"from": 0, "to": 1, "likelihood": {"type": "gaussian", "floor": 1e-9}}, {"from": 1, "to": 3, "likelihood": {"type": "laplace"}}]}"#,
  ])
  func columnsHaveTheirScales(likelihood: String) throws {
    try load([1, 30_000, 0.002])
    try build(likelihood)
    // An untrained model is as wide as the data.
    #expect(try logLikelihood(after: 0) > -14)
    let own = try logLikelihood(after: 3000)
    try build(likelihood, #", "preprocess": [{"type": "standardize"}], "fitOn": "all""#)
    let standardized = try logLikelihood(after: 3000)
    #expect(own > standardized - 1.5, "\(own), and \(standardized) standardised")
  }

  /// Columns of about the scale 1 begin as they do without data.
  @Test func otherColumnsStayAsTheyAre() throws {
    try load([1, 3, 0.5])
    try build()
    let names = ["encoder.0.weight", "encoder.0.bias", "decoder.2.weight"]
    let fitted = try names.map { try weights($0) }
    let bias = try weights("decoder.2.bias")
    #expect(bias[3...].allSatisfy { $0 == 0 } && abs(bias[1] - 6) < 0.5)
    _ = try session.call(
      "model.build",
      #"{"name": "m", "replace": true, "shape": [3], "latent": 2, "likelihood": {"type": "gaussian", "floor": 1e-9}, "encoder": [{"type": "dense", "units": 32}, {"type": "tanh"}, {"type": "dense"}], "decoder": [{"type": "dense", "units": 32}, {"type": "tanh"}, {"type": "dense"}]}"#
    )
    #expect(try names.map { try weights($0) } == fitted)
    // One column among others.
    try load([1, 30_000, 0.5])
    try build()
    let scaled = try weights("encoder.0.weight")
    #expect(scaled[..<32] == fitted[0][..<32] && scaled[64...] == fitted[0][64...])
    #expect(zip(scaled[32..<64], fitted[0][32..<64]).allSatisfy { abs($0) < abs($1) / 5000 })
  }
}
