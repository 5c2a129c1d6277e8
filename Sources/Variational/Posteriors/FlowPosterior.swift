import Declarations
import JSON
import Tensors

/// A normalising flow: a draw from the diagonal Gaussian, sent through invertible layers (Rezende
/// and Mohamed, arXiv 1505.05770).
///
/// log q(z | x) = log N(noise) - sum of log-deviations - sum over layers of log |det dz' / dz| is
/// known only for its own draws. It has no closed forms: divergences, means and deviations are
/// estimated from draws. The encoder's outputs are the means, the log-variances, and the layers'
/// inputs, which `PlanarFlow` and `InverseAutoregressiveFlow` describe. `PosteriorFit` fits the
/// encoder's outputs, and keeps the parameters that the examples share.
public struct FlowPosterior: PosteriorModule {
  /// The transformation that is repeated.
  public enum Flow: String, Word { case planar, inverseAutoregressive }

  public var kind = Flow.inverseAutoregressive
  public var layers = 4
  public var units: Int?
  package var bounds = LogVarianceBounds()

  public init() {}

  static let usualUnits = 128

  public static let type = "flow"
  public static let summary =
    "Diagonal Gaussian sent through invertible layers; the encoder's outputs are the means, the log-variances and the inputs of the layers: w, u and b (2 latents + 1) for each planar layer, or one context of units numbers for all inverse autoregressive layers."
  public static var examples: [FlowPosterior] {
    var (autoregressive, planar) = (Self(), Self())
    (autoregressive.layers, autoregressive.units) = (2, 6)
    (planar.kind, planar.layers) = (.planar, 3)
    return [autoregressive, planar]
  }
  public static let fields: [Field<FlowPosterior>] =
    [
      Field("kind", \.kind, "Kind of the invertible layers."),
      Field("layers", \.layers, "Number of invertible layers.", .from(1, to: 1000)),
      Field(
        "units", \.units,
        "Width of the hidden layer of each inverse autoregressive layer, \(usualUnits) if left out; planar layers have none.",
        .from(1, to: 65_536)),
    ] + Field.all(of: \.bounds)

  public var settled: FlowPosterior {
    var module = self
    module.bounds = bounds.settled
    return module
  }

  public func posterior(latent: Int) throws(Fault) -> any Posterior {
    let range = bounds.range(latent..<2 * latent)
    switch kind {
    case .planar:
      if let units {
        throw Fault(
          .params, "planar layers have no hidden units, got \(units)", path: "units",
          expected: "nothing, or the kind \"inverseAutoregressive\"", got: "\(units)",
          hint: "leave units out, or write \"kind\": \"inverseAutoregressive\"")
      }
      return PlanarFlow(latent: latent, layers: layers, outputRange: range)
    case .inverseAutoregressive:
      return InverseAutoregressiveFlow(
        latent: latent, layers: layers, units: units ?? Self.usualUnits, outputRange: range)
    }
  }
}

extension Choice<PosteriorKind> {
  /// Diagonal Gaussian sent through invertible layers; the encoder's outputs are the means, the
  /// log-variances, and the layers' inputs: w, u and b (2 latents + 1) for each planar layer, or
  /// one context of `units` numbers for all inverse autoregressive layers.
  public static func flow(
    kind: FlowPosterior.Flow = .inverseAutoregressive, layers: Int = 4, units: Int? = nil
  ) -> Self {
    var module = FlowPosterior()
    module.kind = kind
    module.layers = layers
    module.units = units
    return Choice(module) { $0 }
  }

  /// Diagonal Gaussian sent through invertible layers; the encoder's outputs are the means, the
  /// log-variances, and the layers' inputs: w, u and b (2 latents + 1) for each planar layer, or
  /// one context of `units` numbers for all inverse autoregressive layers.
  public static var flow: Self { .flow() }
}
