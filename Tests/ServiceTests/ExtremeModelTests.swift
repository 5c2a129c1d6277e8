import Glibc
import JSON
import Synchronization
import Tensors
import Testing

@testable import Engine
@testable import Service

/// Every method over models whose outputs are NaN, infinite, 1e38 and denormal: each call ends with
/// a result that matches its schema or a declared error, also if it was cancelled.
@Suite(.serialized) struct ExtremeModels {
  /// The maximum seconds of any call on a busy machine, and of a call that was told to stop.
  private static let deadline = 60.0

  /// The current call of the session's thread, and the time at which it began.
  private final class Progress: Sendable {
    let began = Atomic<UInt64>(0)
    let isDone = Atomic(false)
    let stop = Mutex(StopFlag())
    let call = Mutex("")
    let misfits = Mutex<[String]>([])
    let calls = Atomic(0)

    func note(_ misfit: String) {
      misfits.withLock { if $0.count < 20 { $0.append(misfit) } }
    }
  }

  private static let folder = "/tmp/elbo-extreme-\(getpid())"

  /// Makes one call, and checks it against its schema, its declared errors and the deadline.
  private static func run(
    _ name: String, _ params: JSON, _ label: String, isCancelled: Bool, in session: Session,
    _ progress: Progress
  ) {
    guard let method = served.first(where: { $0.name == name }) else {
      return progress.note("no method \(name)")
    }
    let stop = StopFlag()
    if isCancelled { stop.raise() }
    progress.stop.withLock { $0 = stop }
    progress.call.withLock { $0 = "\(name) \(params.line), \(label), cancelled: \(isCancelled)" }
    progress.began.store(Clock.nanoseconds, ordering: .releasing)
    progress.calls.add(1, ordering: .relaxed)
    do throws(Fault) {
      let reply = try method.run(params, in: session, Call(stop: stop))
      if let misfit = method.reply.json.misfit(of: reply) {
        progress.note("\(name): \(misfit), \(label)")
      }
      // Replies that have means only must have finite ones.
      if name.hasPrefix("evaluate."), params["perRow"] == nil, let word = nonsense(reply) {
        progress.note("\(name) answers \(word), \(label): \(reply.line.prefix(600))")
      }
    } catch {
      if !method.faults.contains(error.kind) {
        progress.note("\(name) does not declare \(error.kind), \(label): \(error.message)")
      }
      if error.kind == .internal { progress.note("\(name): \(error.message), \(label)") }
    }
  }

  /// Returns a number that is not finite, if there is one; an infinitely heavy tail is allowed.
  private static func nonsense(_ reply: JSON) -> String? {
    guard case .object(let members) = reply else { return nil }
    for member in members where member.name != "tailIndex" {
      if case .real(let value) = member.value, !value.isFinite { return "\(member.name) \(value)" }
      if let inner = nonsense(member.value) { return "\(member.name).\(inner)" }
    }
    return nil
  }

  /// Runs all calls of some models on a separate thread, and watches it.
  private func check(_ models: [ExtremeModel]) {
    let progress = Progress()
    mkdir(Self.folder, 0o755)
    defer {
      for name in ["m", "t"] { unlink("\(Self.folder)/\(name)") }
      rmdir(Self.folder)
    }
    let isStarted = Thread.start(stack: 8 << 20) {
      for (index, model) in models.enumerated() {
        let session = Session()
        do throws(Fault) { try model.build(in: session) } catch {
          // Some priors do not support every posterior.
          continue
        }
        let all =
          model.calls(Self.folder) + (index % 40 == 0 ? model.costlyCalls(Self.folder) : [])
        for (name, params) in all {
          for isCancelled in [true, false] {
            Self.run(
              name, params, "\(model)", isCancelled: isCancelled, in: session, progress)
          }
        }
      }
      progress.isDone.store(true, ordering: .releasing)
    }
    #expect(isStarted)
    while !progress.isDone.load(ordering: .acquiring) {
      usleep(10_000)
      let began = progress.began.load(ordering: .acquiring)
      let now = Clock.nanoseconds
      let taken = began == 0 || now < began ? 0 : Double(now - began) / 1e9
      if taken > Self.deadline { progress.stop.withLock { $0.raise() } }
      if taken > 2 * Self.deadline {
        // The thread cannot be ended, so it is abandoned.
        Issue.record("neither ends nor hears a cancel: \(progress.call.withLock { $0 })")
        return
      }
      if taken > Self.deadline, progress.misfits.withLock({ $0.isEmpty }) {
        progress.note("after \(taken) s: \(progress.call.withLock { $0 })")
      }
    }
    for misfit in progress.misfits.withLock({ $0 }) { Issue.record("\(misfit)") }
    figure("\(models.count) extreme models, \(progress.calls.load(ordering: .relaxed)) calls")
  }

  /// In the short form a few of each, chosen at random: the first seed is printed.
  @Test func endEveryCall() {
    let all = ExtremeModel.all
    var dice = Dice(Repetition.seed)
    let count = Repetition.times(15, long: 1000)
    check((0..<count).map { _ in all[dice.below(all.count)] })
  }

  /// Each likelihood with each number from each stack, with random other parts; in the short form
  /// every fifth of those.
  @Test func endEveryCallOfEachLikelihood() {
    var seen: Set<String> = []
    var dice = Dice(Repetition.seed + 1)
    let step = Repetition.times(5, long: 1)
    let first = dice.below(step)
    let models = ExtremeModel.all.filter { model in
      let type = "\(model.likelihood.line) \(model.value) \(model.isDecoder)"
      return seen.insert(type).inserted
    }
    check(stride(from: first, to: models.count, by: step).map { models[$0] })
  }

  /// A new method needs a line in `ExtremeModel` if it has other required parameters than a model,
  /// data and a trainer.
  @Test func callEveryMethod() throws {
    let model = try #require(ExtremeModel.all.first)
    let called = Set((model.calls("") + model.costlyCalls("")).map(\.method))
    for method in served { #expect(called.contains(method.name), "\(method.name)") }
  }
}
