import Files
import JSON
import Tensors

extension Model {
  /// Throws `shape` if the rows do not have the model's shape, what the model's condition throws if
  /// they lack the values it needs, and `support` for values that `preprocess` does not take.
  package func checkShape(
    of examples: any Examples, _ rows: [UInt32], at member: String, labelsAt labels: String? = nil,
    hint: String? = nil
  ) throws(Fault) {
    try checkForm(of: examples, rows, at: member, labelsAt: labels, hint: hint)
    guard let preprocessor else { return }
    try forEachBlock(of: examples, rows) { (block, names) throws(Fault) in
      try within(member) { () throws(Fault) in
        try preprocessor.check(block, columnNames: columnNames(of: examples)) { Int(names[$0]) }
      }
    }
  }

  /// Throws what `checkShape` throws, and `support` if a value has no density under the model's
  /// likelihood; `checkpoint` is called between chunks of rows, and its fault is passed on.
  package func check(
    _ examples: any Examples, _ rows: [UInt32], at member: String, labelsAt labels: String? = nil,
    hint: String? = nil, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    try checkForm(of: examples, rows, at: member, labelsAt: labels, hint: hint)
    try forEachBlock(of: examples, rows, checkpoint) { (block, names) throws(Fault) in
      try within(member) { () throws(Fault) in
        let columns = columnNames(of: examples)
        try preprocessor?.check(block, columnNames: columns) { Int(names[$0]) }
        preprocessor?.apply(block)
        try likelihood.check(block, columnNames: columns) { Int(names[$0]) }
      }
    }
  }

  /// Throws if the rows do not have the model's shape, or lack what its condition needs.
  private func checkForm(
    of examples: any Examples, _ rows: [UInt32], at member: String, labelsAt labels: String?,
    hint: String?
  ) throws(Fault) {
    let shape = examples.shape
    guard shape.count == spec.shape.count else {
      throw Fault(
        .shape, "the rows have shape \(shape), the model's examples \(spec.shape)", path: member,
        expected: "\(spec.shape)", got: "\(shape)", hint: hint)
    }
    try checkColumns(of: examples, at: member)
    try condition?.check(examples, rows, at: labels ?? member)
  }

  private func columnNames(of examples: any Examples) -> [String]? {
    examples.columnNames ?? spec.columns
  }

  /// Throws if the rows have the columns of the model's table in another order, or other numbers
  /// for its words.
  private func checkColumns(of examples: any Examples, at member: String) throws(Fault) {
    guard let own = spec.columns, let given = examples.columnNames else { return }
    if given != own, given.sorted() == own.sorted() {
      let list = JSON.array(own.map { .string($0) }).excerpt
      throw Fault(
        .shape, "the columns come in another order than those that the model was built for",
        path: member, expected: list, got: JSON.array(given.map { .string($0) }).excerpt,
        hint: "load them with \"columns\" in the order of model.info")
    }
    for (column, words) in examples.columnWords.sorted(by: { $0.key < $1.key }) {
      guard let known = spec.words?.members.first(where: { $0.name == own[column] })?.value,
        let place = zip(known, words).enumerated().first(where: { $0.element.0 != $0.element.1 })
      else { continue }
      let (name, list) = (
        JSON.string(own[column]).excerpt, JSON.array(known.map { .string($0) })
      )
      throw Fault(
        .support,
        "column \(name) numbers its words otherwise than the model's data: \(place.offset) is \(JSON.string(place.element.1).excerpt), and was \(JSON.string(place.element.0).excerpt)",
        path: member, expected: list.excerpt, got: JSON.array(words.map { .string($0) }).excerpt,
        hint:
          "load them with \"categories\": {\(name): \(known.count <= 32 ? list.line : "…, as in model.info")}"
      )
    }
  }

  /// Calls `body` with the values of chunks of the rows, and the rows' names; and `checkpoint`
  /// before.
  private func forEachBlock(
    of examples: any Examples, _ rows: [UInt32], _ checkpoint: () throws(Fault) -> Void = {},
    _ body: (Block, UnsafePointer<UInt32>) throws(Fault) -> Void
  ) throws(Fault) {
    let width = spec.shape.count
    let most = min([UInt32].chunk, rows.count)
    try Memory.require(Size(width) * 4 * most, for: "some of the rows")
    var memory = [Float](repeating: 0, count: most * width)
    try memory.withUnsafeMutableBufferPointer { (memory) throws(Fault) in
      guard let base = memory.baseAddress else { return }
      try rows.forEachChunk { (names, chunk) throws(Fault) in
        let block = Block(base, rows: chunk.count, columns: width)
        try examples.bring(names, count: chunk.count, checkpoint)
        examples.gather(names, into: block, update: 0)
        try body(block, names)
      }
    }
  }
}

extension [UInt32] {
  fileprivate static let chunk = 256

  /// Calls `body` with chunks of the rows' names, and each chunk's range among all rows.
  package func forEachChunk(
    _ body: (UnsafePointer<UInt32>, Range<Int>) throws(Fault) -> Void
  ) throws(Fault) {
    try withUnsafeBufferPointer { (names) throws(Fault) in
      guard let first = names.baseAddress else { return }
      for start in stride(from: 0, to: names.count, by: Self.chunk) {
        try body(first + start, start..<Swift.min(names.count, start + Self.chunk))
      }
    }
  }
}
