import JSON

/// A rule that moves parameters against a gradient; its options are what a client writes.
public protocol OptimizerModule: Module {
  /// How many numbers it keeps for each parameter.
  var slots: Int { get }
  /// Moves `count` parameters. `scale` times `gradient` is the gradient of what is minimised; `update` counts from 1.
  func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>)
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
}
