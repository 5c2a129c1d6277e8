import DataSources
import JSON
import MeanField
import Tensors
import Variational

/// Everything that a client can change: data sets, models, trainers and distributions by name.
///
/// It lives on the thread that created it; not `Sendable`, so that it cannot leave it.
package final class Session {
  package let configuration: Configuration
  var data = Handles<DataSet>("data set", prefix: "data", maker: "data.load")
  var models = Handles<Model>("model", prefix: "model", maker: "model.build")
  var trainers = Handles<TrainerEntry>("trainer", prefix: "trainer", maker: "trainer.create")
  var distributions = Handles<DiscreteDistribution>(
    "distribution", prefix: "distribution", maker: "meanField.define")
  /// The folder of `--state`, if the session has one.
  private(set) var folder: SessionFolder?
  /// The threads, started when first needed.
  private(set) lazy var team = Team(threads: configuration.threads)
  private var isTeamMade = false
  /// The number of methods run so far, including the current one.
  var requests = 0
  /// The processes that hold this session, if there are several.
  package var ranks: Ranks? { didSet { ranks?.isTogether = isShared } }
  /// Whether the others run the current method too.
  package var isShared = false { didSet { ranks?.isTogether = isShared } }
  /// Notes what the threads do from now on, if it is not nil.
  package var timeline: Timeline?
  /// Called where this process alone cannot go on with what all have begun; does not return.
  package var giveUp: (Fault) -> Void = { _ in }
  /// The time of its creation, by `Clock`.
  let start = Clock.seconds

  package init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// The number of threads that share an update: the actual one, or the requested one before the
  /// team starts.
  var threads: Int { isTeamMade ? team.threads : configuration.threads }

  /// Opens the folder of `--state`, makes again what it lists, and keeps the session there; calls
  /// `onOpen` between the two. Throws what `SessionFolder` throws.
  package func keep(in path: String, onOpen: () -> Void = {}) throws(Fault) {
    let folder = try SessionFolder(path)
    onOpen()
    folder.restore(in: self)
    self.folder = folder
  }

  /// Takes the effect of a call that has succeeded into the folder of `--state`, if there is one.
  func note(_ method: Method, _ params: JSON, _ reply: JSON) {
    folder?.note(method, params, reply, in: self)
  }

  /// Whether a trainer writes checkpoints.
  package var hasCheckpoints: Bool { trainers.all.contains { $0.checkpoints != nil } }

  /// Ends all runs, writes the last checkpoint of each trainer, and lets go of the folder; returns
  /// what could not be written.
  @discardableResult
  package func close() -> [Fault] {
    let failures = trainers.all.compactMap { $0.close() }
    defer { folder = nil }
    return failures + [folder?.settle(in: self)].compactMap(\.self)
  }

  deinit { if isTeamMade { team.close() } }

  func withTeam<T>(_ body: (Team) throws(Fault) -> T) throws(Fault) -> T {
    isTeamMade = true
    (team.ranks, team.timeline) = (sharing, timeline)
    return try body(team)
  }

  /// The running trainer, cached because it is needed twice per update and changes once per run.
  private weak var found: TrainerEntry?

  /// The trainer that runs in the background, if any; of several, the oldest.
  private var running: TrainerEntry? {
    if found?.run == nil { found = trainers.oldest { $0.run != nil } }
    return found
  }

  /// Must be called when a run begins, because it may belong to an older trainer than the current
  /// one.
  func noteBeginning() { found = nil }

  /// Throws the fault of a read since the last call, so that no reply has numbers from rows that
  /// could not be read.
  func checkReads() throws(Fault) {
    for set in data.all { if let fault = set.takeFault() { throw fault } }
  }

  /// Whether `advance()` should be called when the queue is empty, because a background run is
  /// active.
  package var isBusy: Bool { running != nil }

  /// Makes one update of the background run; none if `stop` is raised before it is done.
  package func advance(stop: StopFlag? = nil) { running?.advance(in: self, stop: stop) }
}
