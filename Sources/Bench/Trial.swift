import Engine
import JSON
import Tensors

/// A session in which a workload has been set up.
package struct Trial {
  let session: Session

  package init(_ workload: Workload, threads: Int, count: Int) throws(Fault) {
    var configuration = Configuration()
    configuration.threads = threads
    session = Session(configuration)
    for request in workload.requests(count: count) { try call(request.method, request.params) }
  }

  @discardableResult
  func call(_ name: String, _ params: JSON) throws(Fault) -> JSON {
    guard let method = methods.first(where: { $0.name == name }) else {
      throw Fault(.unknownName, "there is no method \(name)")
    }
    return try method.run(params, in: session, Call())
  }

  /// Returns updates per second, over about `budget` seconds.
  func rate(budget: Double) throws(Fault) -> Double {
    try call("trainer.step", ["trainer": "trainer", "updates": 5])
    let start = seconds()
    let reply = try call("trainer.step", ["trainer": "trainer", "seconds": .real(budget)])
    guard case .int(let updates) = reply["updates"] else { return 0 }
    return Double(updates) / (seconds() - start)
  }

  /// Returns what the threads do in about `budget` seconds of training.
  func runs(budget: Double) throws(Fault) -> [Timeline.Run] {
    try call("trainer.step", ["trainer": "trainer", "updates": 5])
    let timeline = Timeline()
    session.timeline = timeline
    defer { session.timeline = nil }
    try call("trainer.step", ["trainer": "trainer", "seconds": .real(budget)])
    return timeline.runs
  }

  /// Returns the seconds of one update: the least of a few short stretches.
  func leastUpdateTime() throws(Fault) -> Double {
    var least = Double.infinity
    for _ in 0..<5 {
      let start = seconds()
      let reply = try call("trainer.step", ["trainer": "trainer", "seconds": 0.02])
      guard case .int(let updates) = reply["updates"], updates > 0 else { continue }
      least = min(least, (seconds() - start) / Double(updates))
    }
    return least
  }

  /// Returns the seconds that the likelihood of some rows takes.
  func likelihoodTime(rows: Int, samples: Int) throws(Fault) -> Double {
    let start = seconds()
    try call(
      "evaluate.likelihood",
      ["model": "model", "data": "strokes", "count": .int(rows), "samples": .int(samples)])
    return seconds() - start
  }

  /// Returns the ELBO of all rows after `updates` more updates.
  package func bound(after updates: Int) throws(Fault) -> Double {
    try call("trainer.step", ["trainer": "trainer", "updates": .int(updates)])
    let reply = try call("evaluate.elbo", ["model": "model", "data": "strokes"])
    guard case .real(let bound) = reply["elbo"] else { return .nan }
    return bound
  }
}
