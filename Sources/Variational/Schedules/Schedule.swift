import Declarations
import JSON

/// A factor of the optimizer's rate that changes during training; its stored properties are the
/// options that a client writes.
public protocol ScheduleModule: Module {
  /// Returns the factor at an update, counted from 1.
  func factor(update: Int, updatesPerEpoch: Int) -> Double
  /// The first update at the whole rate, if the rate rises at first.
  var warmUpEnd: Int { get }
  /// The update at which a planned fall of the rate is over; nil if none is planned.
  var fallEnd: Int? { get }
}

extension ScheduleModule {
  public var warmUpEnd: Int { 0 }
  public var fallEnd: Int? { nil }
}

/// The kind of the schedules.
public enum ScheduleKind: Kind {
  public static let name = "schedule"
  /// All schedules by name. A new one needs one line here.
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
