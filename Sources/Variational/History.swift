/// What every update left behind, and every validation; in nats, means over the batch.
public struct History: Sendable, Equatable {
  public var reconstruction: [Float] = []
  public var divergence: [Float] = []
  public var objective: [Float] = []
  public var validation = Validation()

  public struct Validation: Sendable, Equatable {
    public var update: [Int] = []
    public var reconstruction: [Double] = []
    public var divergence: [Double] = []
    public init() {}
  }

  public init() {}

  /// Updates done.
  public var count: Int { reconstruction.count }

  mutating func reserve(_ updates: Int) {
    // A call for 10^7 updates must not take the memory before it is needed.
    let capacity = count + min(updates, 1 << 16)
    reconstruction.reserveCapacity(capacity)
    divergence.reserveCapacity(capacity)
    objective.reserveCapacity(capacity)
  }
}
