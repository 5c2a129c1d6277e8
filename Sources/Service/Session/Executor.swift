import Engine
import JSON
import Tensors

/// What runs the methods for the worker: the session of this process, or one that several others
/// hold.
protocol Executor: AnyObject {
  /// Whether a background run wants `advance` to be called.
  var isBusy: Bool { get }
  /// Whether a trainer writes checkpoints.
  var hasCheckpoints: Bool { get }
  func run(_ method: Method, _ params: JSON, _ call: Call) throws(Fault) -> JSON
  /// Makes one update of the background run; none if `stop` is raised before it is done.
  func advance(stop: StopFlag?)
  /// Ends everything; returns what could not be written.
  func close() -> [Fault]
}

extension Session: Executor {
  func run(_ method: Method, _ params: JSON, _ call: Call) throws(Fault) -> JSON {
    try method.run(params, in: self, call)
  }
}
