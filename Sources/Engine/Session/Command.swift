import Declarations
import JSON

/// One method of the protocol: its parameters, its reply and what it does to the session.
public protocol Command: Sendable {
  associatedtype Params: Described
  associatedtype Reply: Answer
  /// "trainer.step".
  static var method: String { get }
  /// One sentence, which becomes the documentation.
  static var summary: String { get }
  static var effect: Effect { get }
  /// What it answers with when it fails, beside what its parameters' fields declare.
  static var faults: [Fault.Kind] { get }
  /// Whether it does not wait for the update of a background run that is under way: that is given
  /// up, and made anew if the run goes on.
  static var preemptsRuns: Bool { get }
  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply
}

extension Command {
  public static var faults: [Fault.Kind] { [] }
  public static var preemptsRuns: Bool { false }
}
