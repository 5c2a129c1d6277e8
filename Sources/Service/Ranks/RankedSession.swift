import Engine
import Glibc
import JSON
import Synchronization
import Tensors

/// A session that ranks hold, as the process of the client sees it.
///
/// This process is no child of the launcher, and talks to the first rank over a socket in a private
/// folder, since launchers lose and double what they pass on of stdin. The other ranks of this
/// machine are connected too, only so that each side notices the end of the other.
final class RankedSession: Executor, Sendable {
  private struct State: Sendable {
    /// The connected ranks by number.
    var ranks: [Int: Channel] = [:]
    /// Those that have ended because another had.
    var leaving: Set<Int> = []
    var isReady = false
    /// Why no further call is possible.
    var lost: Fault?
    /// The number of calls so far, and the reply to the latest.
    var calls = 0
    var reply: Channel.Message?
    var stop: StopFlag?
    var isStopSent = false
    /// Who gets the progress of a call, by its number.
    var reports: [Int: @Sendable (Progress) -> Void] = [:]
    var isBusy = false
    var hasCheckpoints = false
    /// Whether the ranks may go.
    var isClosing = false
    /// Whether the launcher has ended and nothing is left.
    var isOver = false
  }

  private let state = Monitor(State())
  private let count: Int
  private let folder: String
  private let door: Int32
  private let launcher: Launcher

  /// The seconds in which all ranks must have begun.
  private static let patience = 60.0

  /// Starts `count` ranks by the words of a launcher, each with `options`, and waits until they
  /// hold a session. Throws `missingProgram`, `io` and `rank`; nothing is then left running.
  init(_ count: Int, launch words: [String], options: [String]) throws(Fault) {
    self.count = count
    var template = Array("/tmp/elbo-ranks-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Fault(.io, "no private folder in /tmp: \(systemMessage())")
    }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = "\(folder)/door"
    do throws(Fault) {
      door = try Channel.listen(at: path)
    } catch {
      rmdir(folder)
      throw error
    }
    do throws(Fault) {
      launcher = try Launcher(words + [Launcher.program, "rank"] + options + [path])
    } catch {
      Glibc.close(door)
      unlink(path)
      rmdir(folder)
      throw error
    }
    guard Thread.start({ self.watch() }) else {
      launcher.kill()
      throw Fault(.memory, "cannot start a thread for the ranks")
    }
    let fault = state.wait(until: { $0.isReady || $0.lost != nil }, then: { $0.lost })
    if let fault {
      end()
      throw fault
    }
  }

  // MARK: - Calls

  var isBusy: Bool { state.withLock { $0.isBusy && $0.lost == nil } }
  var hasCheckpoints: Bool { state.withLock { $0.hasCheckpoints && $0.lost == nil } }

  func run(_ method: Method, _ params: JSON, _ call: Call) throws(Fault) -> JSON {
    let text: JSON = ["method": .string(method.name), "params": params]
    let reply = try ask(.call, text.bytes, call.stop, call.report)
    guard let outcome = reply.outcome else { throw Fault(.internal, "a rank sent no outcome") }
    return try outcome.get()
  }

  func advance(stop: StopFlag?) { _ = try? ask(.advance, [], stop, nil) }

  private func ask(
    _ kind: Channel.Kind, _ bytes: [UInt8], _ stop: StopFlag?,
    _ report: (@Sendable (Progress) -> Void)?
  ) throws(Fault) -> RankReply {
    let (number, lost, first) = state.withLock { state in
      state.calls += 1
      (state.reply, state.isStopSent) = (nil, false)
      if let report { state.reports[state.calls] = report }
      return (state.calls, state.lost, state.ranks[0])
    }
    if let lost { throw lost }
    first?.send(Channel.Message(kind: kind, call: number, bytes: bytes))
    // From now on the watching thread may send a stop.
    state.withLock { $0.stop = stop }
    let (message, fault) = state.wait(
      until: { $0.reply != nil || $0.lost != nil },
      then: { state in
        state.stop = nil
        return (state.reply, state.lost)
      })
    guard let message else { throw fault ?? Fault(.internal, "a rank sent no reply") }
    let reply = RankReply(try JSON.ofRank(message.bytes))
    state.withLock { state in
      (state.isBusy, state.hasCheckpoints) = (reply.isBusy, reply.hasCheckpoints)
      // A run in the background goes on to report.
      if !reply.isBusy { state.reports = [:] }
    }
    return reply
  }

  func close() -> [Fault] {
    let first = state.withLock { state -> Channel? in
      guard state.lost == nil, !state.isClosing else { return nil }
      state.isClosing = true
      state.reply = nil
      return state.ranks[0]
    }
    guard let first else { return [] }
    first.send(Channel.Message(kind: .close))
    let message = state.wait(until: { $0.reply != nil || $0.lost != nil }, then: { $0.reply })
    let faults = message.flatMap { try? JSON.ofRank($0.bytes) }?.elements ?? []
    return faults.map { Fault(record: $0) }
  }

  // MARK: - The ranks

  /// Ends the ranks and the launcher, at once unless they are leaving, and waits until they are
  /// gone. May be called again.
  func end() {
    if !state.withLock({ $0.isClosing }) { lose(Fault(.rank, "the session has ended")) }
    state.wait { $0.isOver }
  }

  /// Reads what the ranks send, until all is over.
  private func watch() {
    let began = Clock.seconds
    var closing: Double?
    while true {
      let (ranks, isAsked, isReady) = state.withLock { state in
        (state.ranks.sorted { $0.key < $1.key }, state.stop != nil, state.isReady)
      }
      var entries =
        [pollfd(fd: door, events: Int16(POLLIN), revents: 0)]
        + ranks.map { pollfd(fd: $0.value.descriptor, events: Int16(POLLIN), revents: 0) }
      poll(&entries, nfds_t(entries.count), isAsked ? 3 : 50)
      if entries[0].revents != 0 { admit() }
      for (place, entry) in entries.dropFirst().enumerated() where entry.revents != 0 {
        take(ranks[place].key, ranks[place].value)
      }
      passOnStop()
      if let how = launcher.ending() {
        lose(
          Fault(
            .rank,
            isReady
              ? "the launcher ended \(how)"
              : "the launcher ended \(how) before all ranks had begun",
            hint: "what it and the ranks said is on stderr"))
        return finish()
      }
      if !isReady, Clock.seconds - began > Self.patience {
        lose(
          Fault(
            .rank, "the ranks have not begun within \(Int(Self.patience)) seconds",
            hint:
              "a launcher that asks for a password cannot be answered: use keys; srun within a step needs --overlap"
          ))
      }
      let isEnding = state.withLock { $0.lost != nil || $0.isClosing && $0.reply != nil }
      if isEnding {
        let since = Clock.seconds - (closing ?? Clock.seconds)
        if closing == nil {
          closing = Clock.seconds
          if state.withLock({ $0.lost != nil }) { launcher.terminate() }
        } else if since > 6 {
          launcher.kill()
        } else if since > 5 {
          launcher.terminate()
        }
      }
    }
  }

  /// Frees everything after the launcher has ended.
  private func finish() {
    Glibc.close(door)
    unlink("\(folder)/door")
    rmdir(folder)
    state.change { state in
      for channel in state.ranks.values { Glibc.close(channel.descriptor) }
      state.ranks = [:]
      state.isOver = true
    }
  }

  private func admit() {
    let descriptor = accept(door, nil, nil)
    guard descriptor >= 0 else { return }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let channel = Channel(descriptor: descriptor)
    guard let hello = channel.receive(), hello.kind == .hello,
      state.change({ state in
        guard state.lost == nil, state.ranks[hello.call] == nil else { return false }
        state.ranks[hello.call] = channel
        return true
      })
    else {
      Glibc.close(descriptor)
      return
    }
  }

  private func take(_ rank: Int, _ channel: Channel) {
    guard let message = channel.receive() else {
      let isExpected = state.change { state in
        guard state.ranks.removeValue(forKey: rank) != nil else { return true }
        Glibc.close(channel.descriptor)
        return state.isClosing || state.leaving.contains(rank)
      }
      if !isExpected { lose(gone(rank)) }
      return
    }
    switch message.kind {
    case .leaving: state.withLock { _ = $0.leaving.insert(rank) }
    case .ready:
      guard message.call == count else {
        return lose(
          Fault(
            .rank, "the launcher has started \(message.call) ranks, and --ranks is \(count)",
            expected: "\(count) processes", got: "\(message.call)",
            hint: "give the launcher the same number: -n \(count)"))
      }
      state.change { $0.isReady = true }
    case .refused:
      lose((try? JSON.ofRank(message.bytes)).map { Fault(record: $0) } ?? gone(rank))
    case .progress:
      let report = state.withLock { $0.reports[message.call] }
      if let json = try? JSON.ofRank(message.bytes), let progress = Progress(json: json) {
        report?(progress)
      }
    case .reply, .closed: state.change { $0.reply = message }
    case .hello, .call, .advance, .stop, .close: break
    }
  }

  private func gone(_ rank: Int) -> Fault {
    Fault(
      .rank, "rank \(rank) of \(count) has ended", expected: "\(count) processes", got: "one less",
      hint:
        "what it said is on stderr; start again, with as many or fewer ranks, and go on from the last checkpoint with trainer.load"
    )
  }

  /// Ends the session for the first reason that there is.
  private func lose(_ fault: Fault) {
    state.change { state in
      guard state.lost == nil else { return }
      state.lost = fault
      // Ranks of this machine end when nobody listens any more.
      for channel in state.ranks.values { shutdown(channel.descriptor, Int32(SHUT_RDWR)) }
    }
  }

  private func passOnStop() {
    let (channel, number) = state.withLock { state -> (Channel?, Int) in
      guard state.stop?.isRaised == true, !state.isStopSent else { return (nil, 0) }
      state.isStopSent = true
      return (state.ranks[0], state.calls)
    }
    channel?.send(Channel.Message(kind: .stop, call: number))
  }
}
