import DataSources
import JSON
import MeanField
import Tensors
import Variational

/// Everything that a client can change: data sets, models, trainers, distributions by name.
///
/// Lives on one thread, which created it; not `Sendable`, so that it cannot leave it.
public final class Session {
  public let configuration: Configuration
  var data = Handles<DataSet>("data set", prefix: "data", maker: "data.load")
  var models = Handles<Model>("model", prefix: "model", maker: "model.build")
  var trainers = Handles<TrainerEntry>("trainer", prefix: "trainer", maker: "trainer.create")
  var distributions = Handles<DiscreteDistribution>(
    "distribution", prefix: "distribution", maker: "meanField.define")
  /// The threads, from the first time that they are needed.
  private(set) lazy var team = Team(threads: configuration.threads)
  private var isTeamMade = false
  /// Methods that were run in it so far, one under way included.
  var requests = 0
  /// When it was made, of `Clock`.
  let start = Clock.seconds

  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// How many threads share an update: those that there are or, as long as none was needed, those
  /// that were asked for.
  var threads: Int { isTeamMade ? team.threads : configuration.threads }

  deinit { if isTeamMade { team.close() } }

  func withTeam<T>(_ body: (Team) throws(Fault) -> T) throws(Fault) -> T {
    isTeamMade = true
    return try body(team)
  }

  /// The trainer that was found to run; asked for twice an update, and looked up once a run.
  private weak var found: TrainerEntry?

  /// The trainer that runs in the background, if one does. The oldest goes first.
  private var running: TrainerEntry? {
    if found?.run == nil { found = trainers.oldest { $0.run != nil } }
    return found
  }

  /// To be called where a run began: it may be that of an older trainer than the one that runs.
  func noteBeginning() { found = nil }

  /// Throws the fault of a read since the last call: no number that comes of rows that could not be
  /// read is answered.
  func checkReads() throws(Fault) {
    for set in data.all { if let fault = set.takeFault() { throw fault } }
  }

  /// Whether a background run wants `advance()` to be called while nothing else is to do.
  public var isBusy: Bool { running != nil }

  /// One update of the background run; none where `stop` is raised before it is done.
  public func advance(stop: StopFlag? = nil) { running?.advance(in: self, stop: stop) }
}
