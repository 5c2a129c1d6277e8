import Declarations
import Files
import JSON
import Plugins
import Tensors

/// `engine.info`: describes this engine.
package enum EngineInfo: Command {
  package static let method = "engine.info"
  package static let effect = Effect.reads
  package static let summary =
    "Returns the version, protocol, threads, limits and plug-ins of this engine."

  package struct Reply: Answer {
    package let name: String
    package let version: String
    package let `protocol`: Int
    package let threads: Int
    package let simd: String
    package let products: String
    package let limits: Limits
    package let plugins: [Plugin]
    package let roots: [String]?
    package let readable: [String]?
    package let readOnly: Bool?
    package let scratch: String?
    package let ranks: RanksReply?
    package let sandbox: String?
    package let state: StateReply?

    package static let members: [Member<Reply>] = [
      Member("name", \.name, "Always \"elbo\"."),
      Member("version", \.version, "Version of the program."),
      Member("protocol", \.protocol, "Version of the wire protocol."),
      Member(
        "threads", \.threads,
        "Threads that share an update, fewer than requested if the system refuses more; results do not depend on their number.",
        isVolatile: true),
      Member("simd", \.simd, "Instruction set of the kernels in use.", isVolatile: true),
      Member(
        "products", \.products, "Library for matrix products, and its version.",
        isVolatile: true),
      Member(
        "limits", \.limits,
        "Limits on the size of messages, and those that the command line sets."),
      Member(
        "plugins", \.plugins, "Plug-ins named on the command line, and what they add."),
      Member(
        "roots", \.roots, "Folders beneath which files are read and written, if there are bounds.",
        isVolatile: true),
      Member(
        "readable", \.readable, "Folders beneath which files are only read, if there are bounds.",
        isVolatile: true),
      Member(
        "readOnly", \.readOnly, "Whether no file is written, if there are bounds.",
        isVolatile: true),
      Member(
        "scratch", \.scratch,
        "A folder for arrays that are too large for a line, if there are bounds and files are written; removed at the end.",
        isVolatile: true),
      Member(
        "ranks", \.ranks, "The processes that hold the session, if there are several.",
        isVolatile: true),
      Member(
        "sandbox", \.sandbox, "What bounds the process itself, if it was started with --sandbox.",
        isVolatile: true),
      Member("state", \.state, "The folder of --state, and what came from it."),
    ]
  }

  /// The processes of `--ranks`.
  package struct RanksReply: Answer {
    let count: Int
    let transport: String
    let received: Int
    let meetings: Int

    package static let members: [Member<RanksReply>] = [
      Member("count", \.count, "Number of processes."),
      Member("transport", \.transport, "The MPI library by which they talk."),
      Member("received", \.received, "Bytes that the first has got from the others."),
      Member("meetings", \.meetings, "How often all have exchanged bytes."),
    ]
  }

  /// `JSON.Limits` and `Allowance` on the wire.
  package struct Limits: Answer {
    let limits: JSON.Limits
    let allowance: Allowance

    package static let members: [Member<Limits>] = [
      Member("line", \.limits.line, "Largest number of bytes in a line."),
      Member(
        "values", \.limits.values,
        "Largest number of values in a line, counting each container and member."),
      Member("depth", \.limits.depth, "Largest number of nested containers."),
      Member("batch", \.limits.batch, "Largest number of requests in a batch."),
      Member(
        "memory", \.allowance.memory, "Bytes that the process may hold, by --max-memory."),
      Member(
        "pending", \.allowance.pending,
        "Requests that may wait for the one that runs, by --max-pending."),
      Member(
        "seconds", \.allowance.seconds, "Seconds that a request may run, by --max-seconds."),
      Member("threads", \.allowance.threads, "Threads that may share an update, by --threads."),
    ]
  }

  package static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    let configuration = session.configuration
    let fence = Fence.current
    return Reply(
      name: "elbo", version: Engine.version, protocol: 1, threads: session.threads,
      simd: Platform.simd, products: Platform.products,
      limits: Limits(limits: configuration.limits, allowance: configuration.allowance),
      plugins: configuration.plugins, roots: fence.roots, readable: fence.readable,
      readOnly: fence.isClosed ? fence.forbidsWriting : nil, scratch: fence.scratch?.path,
      ranks: session.ranks.map {
        RanksReply(
          count: $0.count, transport: $0.transport.name, received: $0.received,
          meetings: $0.meetings)
      },
      sandbox: configuration.sandbox, state: session.folder?.reply)
  }
}

package enum Engine {
  package static let version = "0.1.0"
}
