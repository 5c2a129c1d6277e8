import Declarations
import JSON

/// A rule that moves parameters against a gradient; its options are what a client writes.
public protocol OptimizerModule: Module {
  /// How many numbers it keeps for each parameter.
  var slots: Int { get }
  /// Those of them that hold sums of squares or magnitudes, and are never below zero.
  var squares: Set<Int> { get }
  func step(_ move: Move)
  /// One for each way of moving, where an option decides between kernels: all of them are measured
  /// and tested.
  static var variants: [Self] { get }
  /// Says how far the step will reach, of the gradient and of the slots as they are. One that says
  /// nothing is tried on a copy each time.
  func foresee(_ reach: inout Reach)
}

extension OptimizerModule {
  public func foresee(_ reach: inout Reach) {}
}

extension Bounds<Double> {
  /// Sizes of steps and weights of terms: what float32 holds with room for a few factors.
  static var factor: Self { .from(0, to: 1e30) }
  /// What keeps a division by a root finite, in float32 too.
  static var epsilon: Self { .from(1e-30, to: 1e30) }
}

extension OptimizerModule {
  public var squares: Set<Int> { [] }
  public static var variants: [Self] { [Self()] }

  /// Moves `count` numbers by themselves, outside a trainer.
  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slots: [UnsafeMutablePointer<Float>]
  ) {
    // Never empty: an empty array has no address.
    (slots + [parameters]).withUnsafeBufferPointer { slots in
      guard let slots = slots.baseAddress else { return }
      step(
        Move(
          update: update, rateFactor: 1, count: count, parameters: parameters, gradient: gradient,
          scale: scale, slots: slots, start: 0))
    }
  }
}

public enum OptimizerKind: Kind {
  public static let name = "optimizer"
  /// Every optimizer, one line each.
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

  /// Every way of moving of every registered optimizer. Throws what decoding its example does.
  public static func variants() throws(Fault) -> [any OptimizerModule] {
    try registry.samples().flatMap { type(of: $0).variants }
  }
}
