import Files
import Glibc
import JSON
import Tensors
import Testing

@testable import Variational

/// A linear-Gaussian model of the reference files: W, b, sigma, data, and PyTorch's results in
/// float64.
struct LinearGaussianReference {
  let exact: LinearGaussian
  let data: TensorRows
  let logLikelihood: [Double]
  let bestELBO: [Double]
  let notes: JSON

  var rows: [UInt32] { (0..<UInt32(data.count)).map { $0 } }

  init(_ name: String) throws {
    let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let path = "\(folder)/Fixtures/\(name)"
    let arrays = try SafeTensors(contentsOf: path + ".safetensors")
    notes = try File.read(path + ".json").withUnsafeBytes { try JSON(parsing: $0) }
    func values(_ name: String) throws -> [Double] {
      try #require(arrays[name]).values.map(Double.init)
    }
    let (weight, bias) = (try values("decoder.0.weight"), try values("decoder.0.bias"))
    exact = LinearGaussian(
      weight: stride(from: 0, to: weight.count, by: bias.count).map {
        Array(weight[$0..<$0 + bias.count])
      }, bias: bias, sigma: try Double(json: try #require(notes["sigma"])))
    data = TensorRows(try #require(arrays["input"]), shape: [bias.count])
    logLikelihood = try values("logLikelihood")
    bestELBO = try values("bestDiagonalElbo")
  }

  func note(_ name: String) throws -> Double { try Double(json: try #require(notes[name])) }

  func row(_ index: Int) -> [Double] {
    let width = exact.dimensions
    return data.tensor.values[index * width..<(index + 1) * width].map(Double.init)
  }
}

extension Array where Element == Double {
  var mean: Double { reduce(0, +) / Double(count) }

  /// Returns the largest difference from `other`, in units of max(1, |other|).
  func distance(from other: [Double]) -> Double {
    zip(self, other).reduce(0) {
      Swift.max($0, ($1.0 - $1.1).magnitude / Swift.max(1, $1.1.magnitude))
    }
  }
}

/// Runs `body` with a team of threads, and ends them.
func withTeam<T>(threads: Int = 1, _ body: (Team) throws -> T) rethrows -> T {
  let team = Team(threads: threads)
  defer { team.close() }
  return try body(team)
}
