import Declarations
import JSON
import Layers
import Tensors
import Testing

@testable import Variational

/// Log-variances are clipped to a range whose bounds lead back.
@Suite struct LogVarianceBoundsTests {
  private static let types = [
    #"{"type": "gaussian", "floor": -2, "ceiling": 1}"#,
    #"{"type": "fullGaussian", "floor": -2, "ceiling": 1}"#,
    #"{"type": "flow", "kind": "planar", "layers": 1, "floor": -2, "ceiling": 1}"#,
    #"{"type": "flow", "layers": 1, "units": 3, "floor": -2, "ceiling": 1}"#,
  ]

  private func range(_ text: String) throws -> OutputRange {
    let posterior = try Choice<PosteriorKind>(json: JSON(parsing: text))
    return try #require(try posterior.product.posterior(latent: 2).outputRange)
  }

  @Test(arguments: types) func valuesAreClippedAndSlopesMasked(_ text: String) throws {
    let range = try range(text)
    let factor: Float = text.contains("full") ? 0.5 : 1
    var h: [Float] = [9, -9, -40, 50, 7]
    var slope: [Float] = [1, 1, -1, 1, 1]
    h.withUnsafeMutableBufferPointer { h in
      let block = Block(h.baseAddress!, rows: 1, columns: 5)
      range.clip(block)
      slope.withUnsafeMutableBufferPointer { slope in
        let dh = Block(slope.baseAddress!, rows: 1, columns: 5)
        range.mask(dh, clipped: block.columns(range.columns))
      }
    }
    #expect(h == [9, -9, -2 * factor, factor, 7])
    #expect(slope == [1, 1, 0, 0, 1])
    var back: [Float] = [1, 1, 1, -1, 1]
    h.withUnsafeMutableBufferPointer { h in
      back.withUnsafeMutableBufferPointer { back in
        let block = Block(h.baseAddress!, rows: 1, columns: 5)
        range.mask(
          Block(back.baseAddress!, rows: 1, columns: 5), clipped: block.columns(range.columns))
      }
    }
    #expect(back == [1, 1, 1, -1, 1])
  }

  @Test func onlyNewModelsHaveThem() throws {
    #expect(GaussianPosterior().posterior(latent: 2).outputRange == nil)
    let settled = GaussianPosterior().settled
    #expect(settled.bounds.floor == -30 && settled.bounds.ceiling == 20)
    var own = GaussianPosterior()
    own.bounds.ceiling = 3
    #expect(own.settled.bounds.ceiling == 3)
  }

  @Test func whatIsNotANumberStays() throws {
    let range = try range(Self.types[0])
    var h: [Float] = [0, 0, .nan, 0]
    h.withUnsafeMutableBufferPointer {
      range.clip(Block($0.baseAddress!, rows: 1, columns: 4))
    }
    #expect(h[2].isNaN)
  }
}
