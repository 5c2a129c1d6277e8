import Declarations
import JSON
import Tensors
import Variational

/// An example of a registered likelihood, on which the properties of likelihoods are checked.
package struct LikelihoodExample: CustomStringConvertible, Sendable {
  package let json: JSON
  private let given: (shape: Shape, rows: Int)?

  package var description: String {
    given.map { "\(json.line) of \($0.rows) rows of \($0.shape)" } ?? json.line
  }

  /// An example on data in a shape that the likelihood's examples take.
  package init(_ json: JSON) {
    self.json = json
    given = nil
  }

  /// An example on rows of any shape. Gradients of large arrays are then compared at a few entries.
  package init(_ json: JSON, shape: Shape, rows: Int) {
    self.json = json
    given = (shape, rows)
  }

  /// The examples of every registered likelihood.
  package static var all: [LikelihoodExample] {
    LikelihoodKind.registry.rows.flatMap { $0.examples.map(Self.init) }
  }

  package var choice: Choice<LikelihoodKind> {
    get throws(Fault) { try Choice<LikelihoodKind>(json: json) }
  }

  package var likelihood: any Likelihood {
    get throws(Fault) {
      let part = try choice.product
      return try part.likelihood(shape: given?.shape ?? part.exampleShape)
    }
  }

  /// Returns the number of rows of outputs: the example's own, or else `usual`.
  func rowCount(_ usual: Int) -> Int { given?.rows ?? usual }

  /// Returns the indices among `count` outputs at which gradients are compared.
  func entries(_ count: Int) -> [Int] {
    given == nil ? Array(0..<count) : Array(stride(from: 0, to: count, by: max(1, count / 9)))
  }

  /// Whether the mean is a mean: for classes it is the most probable class.
  var hasMean: Bool { json["type"]?.text != Categorical.type }
}

extension Likelihood {
  /// Returns log p(x | z) of rows of outputs, and `scale` times its gradient; row r belongs to row
  /// r / samples of x. Entries that are not overwritten are NaN. With `inPlace` the gradient
  /// overwrites the outputs.
  package func run(
    _ outputs: [Float], of x: [Float], samples: Int = 1, scale: Float = 1, inPlace: Bool = false
  ) throws(Fault) -> (logDensity: [Double], gradient: [Float]) {
    let got = try watched(outputs, of: x, samples: samples, scale: scale, inPlace: inPlace)
    return (got.logDensity, got.gradient)
  }

  /// Returns the same, and whether nothing else was written: rows have gaps, with margins after
  /// them.
  func watched(
    _ outputs: [Float], of x: [Float], samples: Int = 1, scale: Float = 1, inPlace: Bool = false
  ) throws(Fault) -> (logDensity: [Double], gradient: [Float], holds: Bool) {
    let rows = outputs.count / self.outputs
    // Padding belongs to neighbours here, as in `mixed`: rows have one column more than is to be
    // written.
    var layout = Arena.Layout(margin: 16)
    let places = [
      layout.block(rows: rows, columns: self.outputs + 1),
      layout.block(rows: rows / samples, columns: shape.count + 1),
      layout.block(rows: rows, columns: self.outputs + 1),
    ]
    let arena = try Arena(layout)
    arena.poison()
    let watch = Float(-12345.75)
    for place in places {
      let block = arena.block(place)
      for row in 0..<block.rows { block[row, block.columns - 1] = watch }
    }
    let (output, values) = (arena.inner(places[0]), arena.inner(places[1]))
    outputs.withUnsafeBufferPointer { $0.baseAddress.map(output.load) }
    x.withUnsafeBufferPointer { $0.baseAddress.map(values.load) }
    let gradient = inPlace ? output : arena.inner(places[2])
    var density = [Double](repeating: .nan, count: rows + 1)
    evaluate(
      output, of: values, samples: samples, scale: scale, into: &density, gradient: gradient)
    var holds = arena.marginsHold && density[rows].isNaN && copied(values) == x
    if !inPlace { holds = holds && copied(output) == outputs }
    for place in places {
      let block = arena.block(place)
      holds = holds && (0..<block.rows).allSatisfy { block[$0, block.columns - 1] == watch }
    }
    return (Array(density.dropLast()), copied(gradient), holds)
  }

  /// Returns draws, one for each row of outputs.
  package func draws(_ outputs: [Float], seed: UInt64) throws(Fault) -> [Float] {
    let rows = outputs.count / self.outputs
    var layout = Arena.Layout()
    let places = [
      layout.block(rows: rows, columns: self.outputs),
      layout.block(rows: rows, columns: shape.count),
    ]
    let arena = try Arena(layout)
    let (output, x) = (arena.block(places[0]), arena.block(places[1]))
    outputs.withUnsafeBufferPointer { $0.baseAddress.map(output.load) }
    let uniform = numbers(rows * shape.count, seed: seed).map {
      min(max(0.5 + 0.5 * $0, 1e-6), 1 - 1e-6)
    }
    uniform.withUnsafeBufferPointer { $0.baseAddress.map(x.load) }
    let names = (0..<UInt32(rows)).map { $0 }
    names.withUnsafeBufferPointer { names in
      guard let names = names.baseAddress else { return }
      let random = Random(seed: Int(truncatingIfNeeded: seed), .furtherDecoding)
      draw(output, into: x, FurtherNumbers(random, rows: names))
    }
    return copied(x)
  }

  /// Returns the mean of each row of outputs; entries that are not overwritten are NaN.
  func means(_ outputs: [Float]) throws(Fault) -> [Float] {
    let rows = outputs.count / self.outputs
    var layout = Arena.Layout()
    let places = [
      layout.block(rows: rows, columns: self.outputs),
      layout.block(rows: rows, columns: shape.count),
    ]
    let arena = try Arena(layout)
    arena.poison()
    let output = arena.block(places[0])
    outputs.withUnsafeBufferPointer { $0.baseAddress.map(output.load) }
    mean(output, into: arena.block(places[1]))
    return copied(arena.block(places[1]))
  }

  /// Returns the first value of one row of data without a density.
  func outside(_ x: [Float]) -> (row: Int, column: Int)? {
    var x = x
    return x.withUnsafeMutableBufferPointer { x in
      x.baseAddress.flatMap {
        firstOutside(Block($0, rows: x.count / shape.count, columns: shape.count))
      }
    }
  }

  private func copied(_ block: Block) -> [Float] {
    (0..<block.rows).flatMap { row in (0..<block.columns).map { block[row, $0] } }
  }
}

extension Arena {
  /// Returns the block without its last column.
  fileprivate func inner(_ place: Place) -> Block {
    let block = block(place)
    return block.columns(0..<block.columns - 1)
  }
}
