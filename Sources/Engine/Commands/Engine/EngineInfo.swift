import Declarations
import JSON
import Plugins
import Tensors

/// `engine.info`: what this engine is.
public enum EngineInfo: Command {
  public static let method = "engine.info"
  public static let effect = Effect.reads
  public static let summary = "Version, protocol, threads, limits and plug-ins of this engine."

  public struct Reply: Described {
    public var name = "elbo"
    public var version = Engine.version
    public var `protocol` = 1
    public var threads = 1
    public var simd = Platform.simd
    public var products = Platform.products
    public var limits = Limits()
    public var plugins: [Plugin] = []

    public init() {}

    public static let fields: [Field<Reply>] = [
      Field("name", \.name, "Always \"elbo\"."),
      Field("version", \.version, "Version of the program."),
      Field("protocol", \.protocol, "Version of the wire protocol."),
      Field(
        "threads", \.threads,
        "Threads that share an update, fewer than asked for where the system gives no more; results do not depend on it."
      ),
      Field("simd", \.simd, "The instruction set whose kernels are in use."),
      Field("products", \.products, "The library of the matrix products, and its version."),
      Field("limits", \.limits, "What is refused for its size."),
      Field("plugins", \.plugins, "The plug-ins that the command line named, and what they bring."),
    ]
  }

  /// `JSON.Limits` on the wire.
  public struct Limits: Described {
    var limits = JSON.Limits()

    public init() {}

    public static let fields: [Field<Limits>] = [
      Field("line", \.limits.line, "Bytes of one line."),
      Field("values", \.limits.values, "Values of one line, each container and member counted."),
      Field("depth", \.limits.depth, "Containers inside each other."),
      Field("batch", \.limits.batch, "Requests of one batch."),
    ]
  }

  public static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    var reply = Reply()
    reply.threads = session.threads
    reply.limits.limits = session.configuration.limits
    reply.plugins = session.configuration.plugins
    return reply
  }
}

public enum Engine {
  public static let version = "0.1.0"
}
