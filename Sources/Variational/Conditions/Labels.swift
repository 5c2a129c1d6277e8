import Tensors

/// Rows that have labels only, for latents without examples.
public struct Labels: Examples {
  public let labels: [Int]?

  public init(_ labels: [Int]) { self.labels = labels }

  public var count: Int { labels?.count ?? 0 }
  public var shape: Shape { [0] }
  public var isBinary: Bool { true }
  public var sha256: String { "" }
  public func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {}
}
