import JSON

/// `engine.ping`: answers at once, whatever else is going on.
public enum EnginePing: Command {
  public static let method = "engine.ping"
  public static let summary = "Answers at once, even while a training runs."

  public static func run(_: Nothing, in: Session, _: Call) throws(Fault) -> Nothing { Nothing() }
}

/// `engine.info`: what this engine is.
public enum EngineInfo: Command {
  public static let method = "engine.info"
  public static let summary = "Version, protocol, threads and limits of this engine."

  public struct Reply: Described {
    public var name = "elbo"
    public var version = Engine.version
    public var `protocol` = 1
    public var threads = 1

    public init() {}

    public static let fields: [Field<Reply>] = [
      Field("name", \.name, "Always \"elbo\"."),
      Field("version", \.version, "Version of the program."),
      Field("protocol", \.protocol, "Version of the wire protocol."),
      Field("threads", \.threads, "Threads that share an update; results do not depend on it."),
    ]
  }

  public static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    var reply = Reply()
    reply.threads = session.configuration.threads
    return reply
  }
}

public enum Engine {
  public static let version = "0.1.0"
}
