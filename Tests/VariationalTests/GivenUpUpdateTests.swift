import Glibc
import JSON
import Layers
import References
import Synchronization
import Tensors
import Testing

@testable import Variational

/// Rows that raise a flag once a number of shards have been gathered, which cancels an update in
/// the middle.
private struct Alarmed: Examples {
  let rows: Rows
  private let bell: Bell

  private final class Bell: Sendable {
    let left = Atomic(Int.max)
    let stop = StopFlag()
  }

  init(_ rows: Rows) { (self.rows, bell) = (rows, Bell()) }

  var stop: StopFlag { bell.stop }
  var count: Int { rows.count }
  var shape: Shape { rows.shape }
  var isBinary: Bool { rows.isBinary }
  var sha256: String { rows.sha256 }
  var labels: [Int]? { rows.labels }

  /// Raises the flag when shard number `shards`, counted from 0, is gathered.
  func set(_ shards: Int) {
    bell.stop.lower()
    bell.left.store(shards, ordering: .sequentiallyConsistent)
  }

  func gather(_ names: UnsafePointer<UInt32>, into block: Block, update: UInt32) {
    rows.gather(names, into: block, update: update)
    if bell.left.subtract(1, ordering: .sequentiallyConsistent).oldValue == 0 { bell.stop.raise() }
  }
}

extension Trainer {
  /// The whole state of training, to the bit.
  fileprivate var bits: [[UInt32]] {
    (numbers + (average.map { [Array($0.parameters.all)] } ?? [])
      + (best.map { [Array($0.parameters.all), Array($0.state.all)] } ?? [])).map {
        $0.map(\.bitPattern)
      }
  }
}

/// A cancelled update changes nothing, wherever it stops, and the updates after it are those of an
/// undisturbed run.
@Suite struct GivenUpUpdates {
  private static let options = """
    "batch": 40, "clip": 5, "seed": 2, "averaging": {"decay": 0.9}, "stopping": {"patience": 50}
    """

  private func trainer(_ model: String, _ objective: String, _ data: any Examples) throws
    -> Trainer
  {
    try Trainer(
      try trainerSpec(#"{"objective": \#(objective), \#(Self.options)}"#),
      model: try Small.model(model), data: data, rows: (0..<UInt32(data.count)).map { $0 },
      validation: Trainer.Validation(
        data: Rows(binary: 90, [9], seed: 99), rows: (0..<90).map { $0 }, every: 2, samples: 2))
  }

  @Test(arguments: Small.names, ObjectiveKind.examples)
  func leaveNothingBehind(name: String, objective: String) throws {
    let data = Alarmed(Rows(binary: 101, [9]))
    for threads in [1, 2] {
      try withTeam(threads) { team in
        let (straight, disturbed) = (
          try trainer(name, objective, data.rows), try trainer(name, objective, data)
        )
        var givenUp = 0
        for update in 1...5 {
          try straight.step(team)
          for shards in 0..<2 {
            let before = (disturbed.bits, disturbed.history)
            data.set(shards)
            let fault = #expect(throws: Fault.self) { try disturbed.step(team, stop: data.stop) }
            #expect(fault?.kind == .cancelled, "\(fault as Any)")
            let same = (disturbed.bits == before.0, disturbed.history == before.1)
            #expect(same.0 && same.1, "update \(update), shard \(shards)")
            givenUp += 1
          }
          data.set(.max)
          try disturbed.step(team, stop: data.stop)
        }
        let same = (
          disturbed.bits == straight.bits, disturbed.history == straight.history
        )
        #expect(same.0 && same.1 && givenUp == 10)
      }
    }
  }

  /// A cancelled validation is made before the next update, also after saving and loading.
  @Test(arguments: [false, true]) func validationsAreMadeUpFor(isSaved: Bool) throws {
    let rows = Rows(binary: 50, [9])
    let held = Alarmed(Rows(binary: 90, [9], seed: 99))
    func trainer(_ held: any Examples, _ model: Model) throws -> Trainer {
      try Trainer(
        try trainerSpec("{\(Self.options)}"), model: model, data: rows, rows: rows.all,
        validation: Trainer.Validation(
          data: held, rows: (0..<90).map { $0 }, every: 2, samples: 2))
    }
    try withTeam(1) { team in
      let straight = try trainer(held.rows, try Small.model("coupled"))
      for _ in 0..<5 { try straight.step(team) }
      var disturbed = try trainer(held, try Small.model("coupled"))
      try disturbed.step(team, stop: held.stop)
      held.set(0)
      let fault = #expect(throws: Fault.self) { try disturbed.step(team, stop: held.stop) }
      #expect(fault?.kind == .cancelled)
      #expect(disturbed.update == 2 && disturbed.history.validation.update == [])
      held.set(.max)
      if isSaved {
        var record = TrainerRecord()
        let file = try disturbed.file(record)
        record = try Trainer.record(file, path: "memory")
        disturbed = try trainer(held, try Model(record.model))
        try disturbed.restore(file, record, path: "memory")
      }
      for _ in 0..<3 { try disturbed.step(team, stop: held.stop) }
      #expect(disturbed.history == straight.history)
      #expect(disturbed.history.validation.update == [2, 4])
      let isSame = disturbed.bits == straight.bits
      #expect(isSame)
    }
  }

  /// Loops over all pairs of a batch check the flag too; otherwise this update would take minutes.
  @Test(arguments: ["totalCorrelation", "maximumMeanDiscrepancy"])
  func inTheLoopsOverPairs(type: String) throws {
    let data = Rows(binary: 40_000, [9])
    let trainer = try Trainer(
      try trainerSpec(#"{"objective": {"type": "\#(type)"}, "batch": 40000}"#),
      model: try Small.model("plain"), data: data, rows: data.all)
    let before = trainer.bits
    let stop = StopFlag()
    withTeam(2) { team in
      let alarm = Alarm(after: 0.3, stop)
      let fault = #expect(throws: Fault.self) { try trainer.step(team, stop: stop) }
      let seconds = alarm.secondsSince()
      #expect(fault?.kind == .cancelled)
      #expect(seconds < 2, "given up after \(seconds) s")
      let isSame = trainer.bits == before && trainer.update == 0
      #expect(isSame)
    }
  }
}

/// Raises a flag after a while, from a separate thread.
private final class Alarm: Sendable {
  private let stop: StopFlag
  private let delay: Double
  private let rang = Atomic(UInt64(0))

  init(after seconds: Double, _ stop: StopFlag) {
    (delay, self.stop) = (seconds, stop)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { raw in
        if let raw { Unmanaged<Alarm>.fromOpaque(raw).takeRetainedValue().wait() }
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    pthread_detach(thread)
  }

  private func wait() {
    usleep(UInt32(delay * 1e6))
    rang.store(Self.now, ordering: .sequentiallyConsistent)
    stop.raise()
  }

  /// Returns the seconds since the flag was raised.
  func secondsSince() -> Double {
    Double(Self.now - rang.load(ordering: .sequentiallyConsistent)) / 1e9
  }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
