import Declarations
import JSON

/// `engine.ping`: replies at once, even while another call runs.
public enum EnginePing: Command {
  public static let method = "engine.ping"
  public static let effect = Effect.reads
  public static let summary = "Returns at once, even while a trainer runs."

  public static func run(_: Nothing, in: Session, _: Call) throws(Fault) -> Nothing { Nothing() }
}
