import Engine
import Glibc
import JSON
import Synchronization
import Tensors

/// One of the processes that hold a session: `elbo rank`, which a launcher of MPI starts.
///
/// The first one gets calls from the process of the client, and passes on those that change the
/// session; all execute them in the same order. Only the first one answers and writes files.
final class RankProcess {
  private let mpi: MPI
  private let ranks: Ranks
  private let session: Session
  private let methods: [String: Method]
  private let channel: Channel?

  /// Holds the session to its end; returns the exit status.
  static func run(_ configuration: Configuration, door: String) -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    do throws(Fault) {
      let mpi = try MPI()
      let channel = Channel.connect(to: door)
      channel?.send(Channel.Message(kind: .hello, call: mpi.rank))
      Leaving.prepare(channel, door: door)
      guard mpi.rank > 0 || channel != nil else {
        throw Fault(
          .rank, "rank 0 is on another machine than the client's process",
          hint:
            "name this machine first in the launcher's list of hosts; in a job, start elbo on its first machine"
        )
      }
      let process = try RankProcess(configuration, mpi, channel)
      let status = process.serve()
      mpi.end()
      return status
    } catch {
      say("elbo rank: \(error.sentence)" + (error.hint.map { "; \($0)" } ?? ""))
      return unavailable
    }
  }

  /// The exit status where the ranks cannot begin, as in sysexits.h.
  static let unavailable: Int32 = 69

  private init(_ configuration: Configuration, _ mpi: MPI, _ channel: Channel?) throws(Fault) {
    (self.mpi, self.channel) = (mpi, channel)
    ranks = try Ranks(mpi)
    session = Session(configuration)
    session.ranks = ranks
    methods = Dictionary(served.map { ($0.name, $0) }) { first, _ in first }
    session.giveUp = { [unowned self] in giveUp($0) }
  }

  private func serve() -> Int32 {
    do throws(Fault) {
      if let fault = try difference() {
        channel?.send(Channel.Message(kind: .refused, bytes: fault.record.bytes))
        return Self.unavailable
      }
      return try ranks.leads ? lead() : follow()
    } catch { giveUp(error) }
  }

  /// Returns in what a process differs from the first one.
  private func difference() throws(Fault) -> Fault? {
    let plugins = session.configuration.plugins.map { $0.json.line }.joined(separator: ", ")
    let all = try ranks.texts(
      "elbo \(Engine.version), kernels for \(Platform.simd), \(Platform.products), plug-ins [\(plugins)]"
    )
    guard let other = all.indices.first(where: { all[$0] != all[0] }) else { return nil }
    return Fault(
      .rank, "rank \(other) is another program or has another processor", expected: all[0],
      got: all[other], hint: "results would not be the same to the bit: use equal machines")
  }

  // MARK: - The first process

  private struct Work: Sendable {
    var messages: [Channel.Message] = []
    /// The number of the latest call, and what stops it.
    var number = 0
    var stop = StopFlag()
  }

  private func lead() throws(Fault) -> Int32 {
    guard let channel else { return Self.unavailable }
    let work = Monitor(Work())
    let hasStarted = Thread.start {
      while let message = channel.receive() {
        work.change { work in
          if message.kind == .stop {
            if message.call == work.number { work.stop.raise() }
          } else {
            (work.number, work.stop) = (message.call, StopFlag())
            work.messages.append(message)
          }
        }
      }
      Leaving.end()
    }
    guard hasStarted else { throw Fault(.memory, "cannot start a thread for the calls") }
    channel.send(Channel.Message(kind: .ready, call: ranks.count))
    while true {
      let (message, stop) = work.wait(
        until: { !$0.messages.isEmpty }, then: { ($0.messages.removeFirst(), $0.stop) })
      switch message.kind {
      case .call: try reply(to: message, on: channel, stop)
      case .advance:
        _ = try ranks.pass(Self.order(message))
        session.isShared = true
        session.advance(stop: stop)
        try requireAll()
        channel.send(
          Channel.Message(
            kind: .reply, call: message.call, bytes: RankReply(session).json.bytes))
      case .close:
        _ = try ranks.pass(Self.order(message))
        session.isShared = false
        let faults = JSON.array(session.close().map(\.record))
        channel.send(Channel.Message(kind: .closed, bytes: faults.bytes))
        return 0
      default: break
      }
    }
  }

  private func reply(
    to message: Channel.Message, on channel: Channel, _ stop: StopFlag
  ) throws(Fault) {
    let (method, params) = try method(message.bytes)
    if method.isShared { _ = try ranks.pass(Self.order(message)) }
    let call = Call(stop: method.stopsTogether || !method.isShared ? stop : StopFlag()) {
      [number = message.call] progress in
      guard params["progress"] == .bool(true) else { return }
      channel.send(Channel.Message(kind: .progress, call: number, bytes: progress.json.bytes))
    }
    let outcome = try outcome(method, params, call)
    channel.send(
      Channel.Message(
        kind: .reply, call: message.call, bytes: RankReply(session, outcome).json.bytes))
  }

  private static func order(_ message: Channel.Message) -> [UInt8] {
    [message.kind.rawValue] + message.bytes
  }

  // MARK: - All processes

  private func follow() throws(Fault) -> Int32 {
    if let channel {
      _ = Thread.start {
        while channel.receive() != nil {}
        Leaving.end()
      }
    }
    while true {
      let order = try ranks.pass([])
      if Ranks.isOfRows(order) {
        try ranks.obey(order)
        try requireAll()
        continue
      }
      switch order.first.flatMap(Channel.Kind.init) {
      case .call:
        let (method, params) = try method(Array(order.dropFirst()))
        _ = try outcome(method, params, Call())
      case .advance:
        session.isShared = true
        session.advance()
        try requireAll()
      default:
        session.isShared = false
        _ = session.close()
        return 0
      }
    }
  }

  private func method(_ bytes: [UInt8]) throws(Fault) -> (Method, JSON) {
    let json = try JSON.ofRank(bytes)
    guard let name = json["method"]?.text, let method = methods[name], let params = json["params"]
    else { throw Fault(.internal, "a rank got no method") }
    return (method, params)
  }

  /// Runs a method; all processes must come to the same end.
  private func outcome(
    _ method: Method, _ params: JSON, _ call: Call
  ) throws(Fault) -> Result<JSON, Fault> {
    session.isShared = method.isShared
    let outcome = Result { () throws(Fault) in
      try method.run(params, in: session, call)
    }
    try requireAll()
    guard method.isShared else { return outcome }
    let own =
      switch outcome {
      case .success: "=done"
      case .failure(let fault): "!\(fault.kind == .rank ? "" : fault.sentence)"
      }
    let all = try ranks.texts(own)
    guard let other = all.indices.first(where: { all[$0].first != all[0].first }) else {
      return outcome
    }
    giveUp(
      Fault(
        .rank, "rank \(other) did not do what rank 0 did, and the session cannot go on",
        expected: all[0], got: all[other]))
  }

  /// Ends this process, and with it the session: because of another that was lost, or by itself.
  private func giveUp(_ fault: Fault) -> Never {
    if mpi.isLost.load(ordering: .acquiring) {
      channel?.send(Channel.Message(kind: .leaving))
    } else {
      var fault = fault
      fault.message = fault.kind == .rank ? fault.message : "rank \(mpi.rank): \(fault.message)"
      fault.kind = .rank
      channel?.send(Channel.Message(kind: .refused, bytes: fault.record.bytes))
      say("elbo rank: \(fault.sentence)")
    }
    Leaving.end()
  }

  /// Throws `rank` if a process was lost, of which nothing may be said later than this.
  private func requireAll() throws(Fault) {
    if mpi.isLost.load(ordering: .acquiring) { throw Fault(.rank, "another rank has ended") }
  }
}

/// Ends a rank when the client's process is gone, or when the launcher says so because another rank
/// has ended.
private enum Leaving {
  private static let descriptor = Atomic<Int32>(-1)
  private static let door = Mutex("")

  /// A launcher ends all ranks by SIGTERM when one has ended, which is not to be taken for the
  /// first.
  static func prepare(_ channel: Channel?, door path: String) {
    door.withLock { $0 = path }
    descriptor.store(channel?.descriptor ?? -1, ordering: .sequentiallyConsistent)
    signal(SIGTERM) { _ in Leaving.tellAndEnd() }
    signal(SIGINT, SIG_IGN)
  }

  /// Allocates nothing, for it is called by a signal.
  private static func tellAndEnd() -> Never {
    withUnsafeTemporaryAllocation(byteCount: Channel.head, alignment: 1) { message in
      message.initializeMemory(as: UInt8.self, repeating: 0)
      message[0] = Channel.Kind.leaving.rawValue
      _ = send(
        descriptor.load(ordering: .relaxed), message.baseAddress, message.count,
        Int32(MSG_NOSIGNAL))
    }
    _exit(RankProcess.unavailable)
  }

  /// Ends, and removes the socket's folder, which a process of the client that was killed has left.
  static func end() -> Never {
    let door = door.withLock { $0 }
    unlink(door)
    rmdir(String(door.dropLast("/door".count)))
    Program.end(with: RankProcess.unavailable)
  }
}
