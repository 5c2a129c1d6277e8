import Declarations
import JSON

/// `engine.ping`: replies at once, even while another call runs.
package enum EnginePing: Command {
  package static let method = "engine.ping"
  package static let effect = Effect.reads
  package static let summary = "Returns at once, even while a trainer runs."

  package static func run(_: Nothing, in: Session, _: Call) throws(Fault) -> Nothing { Nothing() }
}
