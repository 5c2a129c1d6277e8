import JSON
import Layers
import Tensors
import Testing

/// The first weights and biases of a dense layer.
@Suite struct InitializationTests {
  /// Returns weights and biases of a layer of 4 inputs and 128 units, drawn from a seed.
  private func drawn(_ options: String) throws -> (weight: [Float], bias: [Float]) {
    let layer = try JSON(parsing: #"{"type": "dense", "units": 128\#(options)}"#)
    let stack = try Stack([LayerChoice](json: [layer]), input: [4], name: "encoder")
    let parameters = try Parameters(stack.parameters)
    parameters.initialize(seed: 7)
    return (parameters.tensor(0).values, parameters.tensor(1).values)
  }

  @Test func glorotIsTheDefault() throws {
    let limit = (6 / Float(4 + 128)).squareRoot()
    let found = try drawn(#", "initialization": "glorot""#)
    let largest = try #require(found.weight.map(\.magnitude).max())
    #expect(largest <= limit && largest > 0.95 * limit)
    #expect(found.bias.allSatisfy { $0 == 0 })
    let preset = try drawn("")
    #expect(preset.weight == found.weight && preset.bias == found.bias)
  }

  @Test func fanInIsUniformOnTheInverseRootOfTheInputs() throws {
    let found = try drawn(#", "initialization": "fanIn""#)
    for values in [found.weight, found.bias] {
      let largest = try #require(values.map(\.magnitude).max())
      #expect(largest <= 0.5 && largest > 0.45)
      // The variance of a uniform distribution on ±1/√inputs is 1 / (3 inputs).
      let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
      #expect(abs(variance - 1 / 12) < 0.02, "\(variance)")
    }
  }

  @Test func anotherWordIsRefused() throws {
    #expect(throws: Fault.self) { try drawn(#", "initialization": "he""#) }
  }
}
