import Declarations
import JSON

/// A rule that moves parameters against a gradient; its stored properties are the options that a
/// client writes.
public protocol OptimizerModule: Module {
  /// The number of values it keeps for each parameter.
  var slots: Int { get }
  /// The slots that hold sums of squares or magnitudes, which are never negative.
  var squares: Set<Int> { get }
  /// Moves parameters and slots in place.
  func step(_ move: Move)
  /// One for each kernel, if an option decides between kernels: all of them are measured and
  /// tested.
  static var variants: [Self] { get }
  /// Sets bounds on the step, from the gradient and the current slots. If an optimizer sets none,
  /// every step is tried on a copy.
  func foresee(_ reach: inout Reach)
}

extension OptimizerModule {
  public func foresee(_ reach: inout Reach) {}
}

extension Bounds<Double> {
  /// Bounds for step sizes and weights of terms: float32 holds them with room for a few factors.
  static var factor: Self { .from(0, to: 1e30) }
  /// Bounds for a constant that keeps a division by a root finite, also in float32.
  static var epsilon: Self { .from(1e-30, to: 1e30) }
}

extension OptimizerModule {
  public var squares: Set<Int> { [] }
  public static var variants: [Self] { [Self()] }

  /// Moves `count` numbers without a trainer.
  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slots: [UnsafeMutablePointer<Float>]
  ) {
    // Never empty, since an empty array has no address.
    (slots + [parameters]).withUnsafeBufferPointer { slots in
      guard let slots = slots.baseAddress else { return }
      step(
        Move(
          update: update, rateFactor: 1, count: count, parameters: parameters, gradient: gradient,
          scale: scale, slots: slots, start: 0))
    }
  }
}

/// The kind of the optimizers.
public enum OptimizerKind: Kind {
  public static let name = "optimizer"
  /// All optimizers by name. A new one needs one line here.
  public static let registry = Registry<any OptimizerModule>(
    name,
    [
      .module(AdaGrad.self) { $0 },
      .module(AdaMax.self) { $0 },
      .module(Adam.self) { $0 },
      .module(AdamW.self) { $0 },
      .module(AMSGrad.self) { $0 },
      .module(NAdam.self) { $0 },
      .module(RAdam.self) { $0 },
      .module(RMSProp.self) { $0 },
      .module(SGD.self) { $0 },
    ])

  /// Returns the variants of every registered optimizer. Throws what decoding its example throws.
  public static func variants() throws(Fault) -> [any OptimizerModule] {
    try registry.samples().flatMap { type(of: $0).variants }
  }
}
