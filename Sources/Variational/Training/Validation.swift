import Tensors

extension Trainer {
  /// The rows to validate on, and how often.
  package struct Validation {
    package var data: any Examples
    package var rows: [UInt32]
    package var every: Int
    package var samples: Int

    package init(data: any Examples, rows: [UInt32], every: Int, samples: Int) {
      self.data = data
      self.rows = rows
      self.every = every
      self.samples = samples
    }
  }
}
