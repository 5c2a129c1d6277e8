import Declarations
import JSON

/// `engine.ping`: answers at once, whatever else is going on.
public enum EnginePing: Command {
  public static let method = "engine.ping"
  public static let effect = Effect.reads
  public static let summary = "Returns at once, even while a trainer runs."

  public static func run(_: Nothing, in: Session, _: Call) throws(Fault) -> Nothing { Nothing() }
}
