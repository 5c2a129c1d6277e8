import Declarations
import JSON

/// What a trainer does about an update that it refused; its stored properties are the options that
/// a client writes.
public protocol RefusalPolicy: Module {
  /// Whether the trainer keeps a snapshot to go back to.
  var keepsSnapshot: Bool { get }
  /// What a client may change so that a trainer goes on after the policy has ended its run, in
  /// words that follow "with trainer.set,".
  var further: String { get }
  /// Returns the way on after a refusal.
  func way(after refusals: Refusals) -> WayOn
}

extension RefusalPolicy {
  public var keepsSnapshot: Bool { false }
  public var further: String { "choose another \"onRefusal\"" }
}

/// The refusals of a trainer before the present one.
public struct Refusals: Sendable {
  /// Batches that were skipped since the last update.
  public var skippedInARow = 0
  /// Batches that were skipped in all.
  public var skipped = 0
  /// How often the trainer went back to a snapshot.
  public var rewound = 0
  /// Whether the update was made and only its validation is not finite.
  public var isOfValidation = false

  public init() {}
}

/// The way on after a refusal.
public enum WayOn: Sendable, Equatable {
  /// The run ends with the error.
  case end
  /// The batch is passed over; the update is made with the next one.
  case skip
  /// The trainer goes back to its snapshot, and its rate is multiplied by the factor.
  case rewind(factor: Double)
}

/// The kind of the policies.
public enum PolicyKind: Kind {
  public static let name = "policy"
  /// All policies by name. A new one needs one line here.
  public static let registry = Registry<any RefusalPolicy>(
    name,
    [
      .module(RewindPolicy.self) { $0 },
      .module(SkipPolicy.self) { $0 },
      .module(StopPolicy.self) { $0 },
    ])
}
