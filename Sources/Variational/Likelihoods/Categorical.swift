import CKernels
import Declarations
import Glibc
import JSON
import Tensors

/// Independent classes: log p(x | z) = sum (l_x - log sum exp(l)), with one logit for each class of
/// each value.
///
/// A value is the index of its class, counted from 0. The decoder's outputs are the logits of the
/// first value, then of the second, and so on.
package struct Categorical: LikelihoodModule {
  package var classes = 2

  package init() {}

  package static let type = "categorical"
  package static let summary =
    "Classes counted from 0: the decoder's outputs are the logits of each value's classes."
  package static let fields: [Field<Categorical>] = [
    Field(
      "classes", \.classes, "Number of classes of each value.", required: true, .from(2, to: 65_536)
    )
  ]

  package func likelihood(shape: Shape) -> any Likelihood {
    CategoricalLikelihood(shape: shape, classes: classes)
  }
}

struct CategoricalLikelihood: Likelihood {
  let shape: Shape
  let classes: Int

  private var values: Int { shape.count }
  var outputs: Int { classes * values }
  var support: (phrase: String, hint: String) {
    ("a class from 0 to \(classes - 1)", "count classes from 0, and give \"classes\" their number")
  }

  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?
  ) {
    for row in 0..<output.rows {
      let x = x.row(row / samples)
      var sum = 0.0
      for value in 0..<values {
        let logits = output.row(row) + value * classes
        // A read that failed after the rows were checked leaves no class here: its own fault is
        // reported, so this code must not crash.
        let isClass = x[value] >= 0 && x[value] < Float(classes)
        let chosen = isClass ? Int(x[value]) : 0
        var largest = logits[0]
        for c in 1..<classes { largest = max(largest, logits[c]) }
        var total = 0.0
        for c in 0..<classes { total += exp(Double(logits[c] - largest)) }
        let logTotal = Double(largest) + log(total)
        sum += isClass ? Double(logits[chosen]) - logTotal : .nan
        guard let slope = gradient.map({ $0.row(row) + value * classes }) else { continue }
        for c in 0..<classes {
          let share = exp(Double(logits[c]) - logTotal)
          slope[c] = scale * Float((c == chosen ? 1 : 0) - share)
        }
      }
      logDensity[row] = sum
    }
  }

  /// Writes the most probable class: a mean of class indices has no meaning.
  func mean(_ output: Block, into mean: Block) {
    each(output, mean) { logits, _ in
      Float((1..<classes).reduce(0) { logits[$1] > logits[$0] ? $1 : $0 })
    }
  }

  func draw(_ output: Block, into x: Block, _: FurtherNumbers) {
    each(output, x) { logits, u in
      var largest = logits[0]
      for c in 1..<classes { largest = max(largest, logits[c]) }
      var total = 0.0
      for c in 0..<classes { total += exp(Double(logits[c] - largest)) }
      // Among infinite logits there is no largest one.
      guard total.isFinite else { return .nan }
      var rest = Double(u) * total
      for c in 0..<classes {
        rest -= exp(Double(logits[c] - largest))
        if rest <= 0 { return Float(c) }
      }
      return Float(classes - 1)
    }
  }

  private func each(
    _ output: Block, _ out: Block, _ choose: (UnsafePointer<Float>, Float) -> Float
  ) {
    for row in 0..<output.rows {
      for value in 0..<values {
        out[row, value] = choose(output.row(row) + value * classes, out[row, value])
      }
    }
  }

  func firstOutside(_ x: Block) -> (row: Int, column: Int)? {
    for row in 0..<x.rows {
      for column in 0..<x.columns {
        let value = x[row, column]
        if !(value >= 0 && value < Float(classes) && value == value.rounded()) {
          return (row, column)
        }
      }
    }
    return nil
  }

  func initialBias(mean: [Double]) -> [Float] { [Float](repeating: 0, count: outputs) }
}

extension Choice<LikelihoodKind> {
  /// Classes counted from 0: the decoder's outputs are the logits of each value's classes.
  public static func categorical(classes: Int) -> Self {
    var module = Categorical()
    module.classes = classes
    return Choice(module) { $0 }
  }
}
