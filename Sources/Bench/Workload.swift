import JSON

/// A model and its training: one of the four that are measured, here and against other systems.
package struct Workload: Sendable {
  package let name: String
  /// The pixels of an example; subsampling the strokes halves the side.
  let pixels: Int
  let isSubsampled: Bool
  /// The channels of the encoder's two convolutions, each of which halves the image; the decoder
  /// has them in reverse.
  var channels: [Int] = []
  /// The widths of the encoder's hidden layers; the decoder has them in reverse.
  let hidden: [Int]
  let latent: Int
  let batch: Int
  let samples: Int
  let objective: String

  package static let all = [
    homework, autoencodingVariationalBayes, importanceWeighted, convolutional,
  ]

  package static let homework = Workload(
    name: "hw", pixels: 196, isSubsampled: true, hidden: [128], latent: 8, batch: 100, samples: 2,
    objective: "elbo")
  /// Kingma and Welling, arXiv 1312.6114.
  package static let autoencodingVariationalBayes = Workload(
    name: "aevb", pixels: 784, isSubsampled: false, hidden: [500], latent: 20, batch: 100,
    samples: 1, objective: "elbo")
  /// Burda et al., arXiv 1509.00519.
  package static let importanceWeighted = Workload(
    name: "iwae", pixels: 784, isSubsampled: false, hidden: [200, 200], latent: 50, batch: 20,
    samples: 50, objective: "importance")
  package static let convolutional = Workload(
    name: "conv", pixels: 784, isSubsampled: false, channels: [32, 64], hidden: [], latent: 20,
    batch: 100, samples: 1, objective: "elbo")

  private static func products(_ widths: [Int]) -> Int {
    zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
  }
  /// The products of the convolutions of an image, 4 x 4 with stride 2.
  private var windowProducts: [Int] {
    zip([1] + channels, channels).enumerated().map { layer, channels in
      pixels >> (2 * layer + 2) * 16 * channels.0 * channels.1
    }
  }
  /// The number of outputs of the convolutions of an image, or of its pixels without convolutions.
  private var features: Int { channels.last.map { pixels >> (2 * channels.count) * $0 } ?? pixels }
  private var encoderProducts: Int {
    windowProducts.reduce(0, +) + Self.products([features] + hidden + [2 * latent])
  }
  private var decoderProducts: Int {
    Self.products([latent] + hidden.reversed() + [features]) + windowProducts.reduce(0, +)
  }

  /// The operations of an update's products: forward, gradient in the weights, gradient in the
  /// input (which the first layer does not need). Nothing else is counted, and the first layer
  /// counts as dense.
  package var operations: Double {
    let first = windowProducts.first ?? pixels * hidden[0]
    let encoder = 6 * encoderProducts - 2 * first
    return Double(batch * encoder + batch * samples * 6 * decoderProducts)
  }

  /// Returns the operations for estimating log p(x) of some rows.
  func evaluationOperations(rows: Int, samples: Int) -> Double {
    Double(2 * rows * (encoderProducts + samples * decoderProducts))
  }

  private static func stack(_ widths: [Int], last: Int) -> JSON {
    .array(
      widths.flatMap { width -> [JSON] in
        [["type": "dense", "units": .int(width)], ["type": "tanh"]]
      } + [["type": "dense", "units": .int(last)]])
  }

  private static func convolution(_ type: String, _ channels: Int) -> JSON {
    [
      "type": .string(type), "channels": .int(channels), "kernel": 4, "stride": 2, "padding": 1,
    ]
  }

  private var encoder: JSON {
    let layers: [JSON] = channels.flatMap {
      [Self.convolution("conv2d", $0), ["type": "relu"]]
    }
    return .array(layers + (Self.stack(hidden, last: 2 * latent).elements ?? []))
  }

  private var decoder: JSON {
    let dense = Self.stack(hidden.reversed(), last: features)
    guard let last = channels.last else { return dense }
    let side = 28 >> channels.count
    var layers = dense.elements ?? []
    layers += [
      ["type": "relu"],
      ["type": "reshape", "shape": [.int(last), .int(side), .int(side)]],
    ]
    for channels in channels.dropLast().reversed() {
      layers += [Self.convolution("convTranspose2d", channels), ["type": "relu"]]
    }
    return .array(layers + [Self.convolution("convTranspose2d", 1)])
  }

  /// Returns the requests that load `count` strokes, build the model and create a trainer.
  func requests(count: Int) -> [(method: String, params: JSON)] {
    let subsample: [JSON] = isSubsampled ? [["type": "subsample", "factor": 2]] : []
    return [
      (
        "data.load",
        [
          "name": "strokes", "source": ["type": "strokes", "count": .int(count)],
          "transforms": .array(subsample + [["type": "binarize"]]),
        ]
      ),
      (
        "model.build",
        [
          "name": "model", "data": "strokes", "latent": .int(latent),
          "encoder": encoder, "decoder": decoder,
          "likelihood": ["type": "bernoulli"],
        ]
      ),
      (
        "trainer.create",
        [
          "name": "trainer", "model": "model", "data": "strokes", "batch": .int(batch),
          "objective": ["type": .string(objective), "samples": .int(samples)],
        ]
      ),
    ]
  }
}
