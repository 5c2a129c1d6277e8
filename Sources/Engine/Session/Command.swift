import Declarations
import JSON

/// One method of the protocol: its parameters, its reply and its effect on the session.
package protocol Command: Sendable {
  associatedtype Params: Described
  associatedtype Reply: Answer
  /// Such as "trainer.step".
  static var method: String { get }
  /// One sentence for the documentation.
  static var summary: String { get }
  static var effect: Effect { get }
  /// The faults it may throw besides those that its parameters' fields declare.
  static var faults: [Fault.Kind] { get }
  /// Whether it interrupts the current update of a background run, which is discarded and made
  /// again if the run continues.
  static var preemptsRuns: Bool { get }
  /// Returns what a call has left that was stopped and has this reply; nil if it came to its end.
  ///
  /// Only a command that replies when it is stopped, and throws no `cancelled`, declares it.
  static func whatStays(_ reply: JSON) -> String?
  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply
}

extension Command {
  package static var faults: [Fault.Kind] { [] }
  package static var preemptsRuns: Bool { false }
  package static func whatStays(_: JSON) -> String? { nil }
}
