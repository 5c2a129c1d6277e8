import Elbo
import Glibc

/// y = sin(frequency x), as in networks that represent signals (Sitzmann et al., 2020).
struct Sine: SimpleLayerModule {
  var frequency: Float = 1

  static let type = "sine"
  static let summary = "y = sin(frequency x)."
  static let keepsShape = true
  static let fields: [Field<Sine>] = [
    Field("frequency", \.frequency, "Of the sine.", .above(0, to: 100))
  ]

  func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    SineLayer(output: input, frequency: frequency)
  }
}

struct SineLayer: Layer {
  let output: Shape
  let frequency: Float

  var readsOutput: Bool { false }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    for row in 0..<x.rows {
      for column in 0..<x.columns { y[row, column] = sin(frequency * x[row, column]) }
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    for row in 0..<x.rows {
      for column in 0..<x.columns {
        dx[row, column] = dy[row, column] * frequency * cos(frequency * x[row, column])
      }
    }
  }
}
