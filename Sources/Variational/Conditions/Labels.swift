import Tensors

/// Rows with labels but no values, for decoding latents that come from no examples.
package struct Labels: Examples {
  package let labels: [Int]?

  package init(_ labels: [Int]) { self.labels = labels }

  package var count: Int { labels?.count ?? 0 }
  package var shape: Shape { [0] }
  package var isBinary: Bool { true }
  package var sha256: String { "" }
  package func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {}
}
