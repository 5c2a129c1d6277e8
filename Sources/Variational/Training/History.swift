import Files
import JSON
import Tensors

/// The results of every update and of every validation; in nats, means over the batch.
public struct History: Sendable, Equatable {
  /// E_q log p(x|z) of each update's batch.
  public var reconstruction: [Float] = []
  /// KL(q(z|x) || p(z)) of each update's batch.
  public var divergence: [Float] = []
  /// The objective of each update's batch.
  public var objective: [Float] = []
  /// All validations.
  public var validation = Validation()
  /// The changes of the settings, in their order.
  public var changes: [Change] = []
  /// The update, counted from 1, for which a batch was passed over because it was refused with it:
  /// one entry for each batch.
  public var skipped: [Int] = []

  /// The means over the validation rows, one entry for each validation.
  public struct Validation: Sendable, Equatable {
    /// The update after which it was made.
    public var update: [Int] = []
    /// E_q log p(x|z).
    public var reconstruction: [Double] = []
    /// KL(q(z|x) || p(z)).
    public var divergence: [Double] = []
    public init() {}

    /// Returns the validations after updates later than `update`.
    package func after(_ update: Int) -> Validation {
      let first = self.update.firstIndex { $0 > update } ?? self.update.count
      return part(first..<self.update.count)
    }

    fileprivate func part(_ range: Range<Int>) -> Validation {
      var part = Validation()
      part.update = Array(update[range])
      part.reconstruction = Array(reconstruction[range])
      part.divergence = Array(divergence[range])
      return part
    }
  }

  public init() {}

  /// The number of updates.
  public var count: Int { reconstruction.count }

  /// Means of reconstruction and divergence over updates, counted from 0; nil if there are none.
  public func means(
    over updates: Range<Int>
  ) -> (reconstruction: Double, divergence: Double)? {
    guard !updates.isEmpty else { return nil }
    func mean(_ values: [Float]) -> Double {
      values[updates].reduce(0) { $0 + Double($1) } / Double(updates.count)
    }
    return (mean(reconstruction), mean(divergence))
  }

  /// Batches passed over since the last update.
  var skippedInARow: Int { skipped.reversed().prefix { $0 == count + 1 }.count }

  /// How often the trainer went back to a snapshot.
  public var rewound: Int { changes.reduce(0) { $0 + ($1.refused == nil ? 0 : 1) } }

  /// Returns the history after going back to `update`. Settings that were changed since then stay,
  /// from there on.
  func rewound(to update: Int) -> History {
    var history = first(update)
    history.changes = changes.map { change in
      var change = change
      change.update = min(change.update, update)
      return change
    }
    return history
  }

  /// Returns the history of the first `count` updates.
  func first(_ count: Int) -> History {
    var history = History()
    history.reconstruction = Array(reconstruction.prefix(count))
    history.divergence = Array(divergence.prefix(count))
    history.objective = Array(objective.prefix(count))
    // A change at an update was made after it, and after its validation.
    history.changes = Array(changes.prefix { $0.update < count })
    history.skipped = Array(skipped.prefix { $0 <= count })
    history.validation = validation.part(0..<validation.update.prefix { $0 <= count }.count)
    return history
  }

  /// Makes room for another update if there is none. Throws `memory`.
  mutating func makeRoom() throws(Fault) {
    let room = min(reconstruction.capacity, divergence.capacity, objective.capacity)
    if count == room { try reserve(count) }
  }

  /// Throws `memory`.
  mutating func reserve(_ updates: Int) throws(Fault) {
    // A call for 10^7 updates must not take the memory in advance.
    let capacity = count + min(max(1, updates), 1 << 16)
    let room = min(reconstruction.capacity, divergence.capacity, objective.capacity)
    guard capacity > room else { return }
    try Memory.require(Size(capacity) * 24, for: "the history of \(capacity) updates")
    reconstruction.reserveCapacity(capacity)
    divergence.reserveCapacity(capacity)
    objective.reserveCapacity(capacity)
  }
}
