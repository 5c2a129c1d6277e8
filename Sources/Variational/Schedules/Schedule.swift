import Declarations
import JSON

/// What an optimizer's rate is multiplied by as training goes on; its options are what a client
/// writes.
public protocol ScheduleModule: Module {
  /// The factor at an update, counted from 1.
  func factor(update: Int, updatesPerEpoch: Int) -> Double
  /// The first update at which the whole rate is reached, where it first rises.
  var warmUpEnd: Int { get }
}

extension ScheduleModule {
  public var warmUpEnd: Int { 0 }
}

public enum ScheduleKind: Kind {
  public static let name = "schedule"
  /// Every schedule, one line each.
  public static let registry = Registry<any ScheduleModule>(
    name,
    [
      .module(ConstantRate.self) { $0 },
      .module(CosineRate.self) { $0 },
      .module(ExponentialRate.self) { $0 },
      .module(PiecewiseRate.self) { $0 },
      .module(Stages.self) { $0 },
      .module(StepRate.self) { $0 },
      .module(WarmUp.self) { $0 },
    ])
}
