import Files
import JSON
import Tensors

extension Model {
  /// Throws `shape` where the rows are not what the model is for, and what its condition throws
  /// where they lack what it is given.
  package func checkShape(
    of examples: any Examples, _ rows: [UInt32], at member: String, labelsAt labels: String? = nil,
    hint: String? = nil
  ) throws(Fault) {
    let shape = examples.shape
    guard shape.count == spec.shape.count else {
      throw Fault(
        .shape, "the rows have shape \(shape), the model's examples \(spec.shape)", path: member,
        expected: "\(spec.shape)", got: "\(shape)", hint: hint)
    }
    try condition?.check(examples, rows, at: labels ?? member)
  }

  /// Throws likewise, `support` where a value has no density under the model's likelihood, and what
  /// `checkpoint` throws, which is called between some rows and the next.
  package func check(
    _ examples: any Examples, _ rows: [UInt32], at member: String, labelsAt labels: String? = nil,
    hint: String? = nil, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    try checkShape(of: examples, rows, at: member, labelsAt: labels, hint: hint)
    let (width, chunk) = (spec.shape.count, min(256, rows.count))
    try Memory.require(Size(width) * 4 * chunk, for: "some of the rows")
    var memory = [Float](repeating: 0, count: chunk * width)
    try memory.withUnsafeMutableBufferPointer { (memory) throws(Fault) in
      try rows.withUnsafeBufferPointer { (names) throws(Fault) in
        guard let base = memory.baseAddress, let names = names.baseAddress else { return }
        for start in stride(from: 0, to: rows.count, by: chunk) {
          try checkpoint()
          let block = Block(base, rows: min(chunk, rows.count - start), columns: width)
          examples.gather(names + start, into: block, update: 0)
          try within(member) { () throws(Fault) in
            try likelihood.check(block) { Int(names[start + $0]) }
          }
        }
      }
    }
  }
}
