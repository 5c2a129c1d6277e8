import Files

/// Rows of a tensor as examples: from a call's parameters, or drawn from a model.
package struct TensorRows: Examples {
  package let tensor: Tensor
  package let shape: Shape
  package let isBinary: Bool
  package let labels: [Int]?

  /// The first extent of `tensor` is the number of rows, each of `shape`; `labels` has one for
  /// each.
  package init(_ tensor: Tensor, shape: Shape, labels: [Int]? = nil) {
    precondition(labels == nil || labels?.count == tensor.rows, "a label for each row")
    self.tensor = tensor
    self.shape = shape
    self.labels = labels
    isBinary = tensor.values.allSatisfy { $0 == 0 || $0 == 1 }
  }

  package var count: Int { tensor.rows }
  package var sha256: String { SHA256.hex(tensor.values) }

  package func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32) {
    tensor.values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      for row in 0..<block.rows {
        block.row(row).update(from: base + Int(rows[row]) * shape.count, count: shape.count)
      }
    }
  }
}
