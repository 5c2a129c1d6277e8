import Declarations
import JSON
import Plugins
import Tensors

/// `engine.info`: describes this engine.
package enum EngineInfo: Command {
  package static let method = "engine.info"
  package static let effect = Effect.reads
  package static let summary = "Version, protocol, threads, limits and plug-ins of this engine."

  package struct Reply: Answer {
    package let name: String
    package let version: String
    package let `protocol`: Int
    package let threads: Int
    package let simd: String
    package let products: String
    package let limits: Limits
    package let plugins: [Plugin]

    package static let members: [Member<Reply>] = [
      Member("name", \.name, "Always \"elbo\"."),
      Member("version", \.version, "Version of the program."),
      Member("protocol", \.protocol, "Version of the wire protocol."),
      Member(
        "threads", \.threads,
        "Threads that share an update, fewer than asked for where the system gives no more; results do not depend on it.",
        isVolatile: true),
      Member("simd", \.simd, "The instruction set whose kernels are in use.", isVolatile: true),
      Member(
        "products", \.products, "The library of the matrix products, and its version.",
        isVolatile: true),
      Member("limits", \.limits, "What is refused for its size."),
      Member(
        "plugins", \.plugins, "The plug-ins that the command line named, and what they bring."),
    ]
  }

  /// `JSON.Limits` on the wire.
  package struct Limits: Answer {
    let limits: JSON.Limits

    init(_ limits: JSON.Limits) { self.limits = limits }

    package static let members: [Member<Limits>] = [
      Member("line", \.limits.line, "Bytes of one line."),
      Member("values", \.limits.values, "Values of one line, each container and member counted."),
      Member("depth", \.limits.depth, "Containers inside each other."),
      Member("batch", \.limits.batch, "Requests of one batch."),
    ]
  }

  package static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    let configuration = session.configuration
    return Reply(
      name: "elbo", version: Engine.version, protocol: 1, threads: session.threads,
      simd: Platform.simd, products: Platform.products, limits: Limits(configuration.limits),
      plugins: configuration.plugins)
  }
}

package enum Engine {
  package static let version = "0.1.0"
}
