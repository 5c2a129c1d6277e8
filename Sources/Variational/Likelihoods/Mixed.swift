import Declarations
import JSON
import Tensors

/// A likelihood for each group of columns of a table: log p(x | z) = sum over groups of columns of
/// their log densities.
///
/// The groups follow each other without gaps and cover every column; the decoder's outputs are
/// those of the first group, then of the second, and so on.
package struct Mixed: LikelihoodModule {
  package var columns: [Group] = []

  package init() {}

  package static let type = "mixed"
  package static let summary = "Different likelihoods for different columns of a table."
  package static var examples: [Mixed] {
    var mixed = Mixed()
    mixed.columns = [
      Group(0, 1, Choice(Bernoulli()) { $0 }), Group(1, 3, Choice(Laplace()) { $0 }),
    ]
    return [mixed]
  }
  package static let fields: [Field<Mixed>] = [
    Field("columns", \.columns, "The groups of columns, in order.", required: true)
  ]

  /// Columns `from` up to, not including, `to`.
  package struct Group: Described {
    package var from = 0
    package var to = 0
    package var likelihood = Choice<LikelihoodKind>(Bernoulli()) { $0 }

    package init() {}

    init(_ from: Int, _ to: Int, _ likelihood: Choice<LikelihoodKind>) {
      (self.from, self.to, self.likelihood) = (from, to, likelihood)
    }

    package static let fields: [Field<Group>] = [
      Field(
        "from", \.from, "The first column, counted from 0.", required: true,
        .from(0, to: Shape.most)),
      Field(
        "to", \.to, "The column after the last one.", required: true, .from(1, to: Shape.most)),
      Field("likelihood", \.likelihood, "Likelihood of these columns.", required: true),
    ]
  }

  package func likelihood(shape: Shape) throws(Fault) -> any Likelihood {
    var parts: [MixedLikelihood.Component] = []
    var (column, output) = (0, 0)
    for (position, group) in columns.enumerated() {
      guard group.from == column, group.to > group.from, group.to <= shape.count else {
        let expected = "from \(column), to at most \(shape.count)"
        throw Fault(
          .shape, "expected columns \(expected), got \(group.from) to \(group.to)",
          path: "columns[\(position)]", expected: expected, got: "\(group.from) to \(group.to)",
          hint: "groups follow each other without gaps")
      }
      let part = try within("columns[\(position)].likelihood") { () throws(Fault) in
        try group.likelihood.product.likelihood(shape: [group.to - group.from])
      }
      parts.append(
        MixedLikelihood.Component(
          kind: group.likelihood.typeName, columns: group.from..<group.to,
          outputs: output..<output + part.outputs,
          likelihood: part))
      column = group.to
      output += part.outputs
    }
    guard column == shape.count else {
      throw Fault(
        .shape, "the groups end at column \(column), and the data have \(shape.count)",
        path: "columns", expected: "groups that cover \(shape.count) columns", got: "\(column)")
    }
    return MixedLikelihood(shape: shape, parts: parts)
  }
}

struct MixedLikelihood: Likelihood {
  struct Component: Sendable {
    let kind: String
    let columns: Range<Int>
    let outputs: Range<Int>
    let likelihood: any Likelihood
  }

  let shape: Shape
  let parts: [Component]

  var outputs: Int { parts.last?.outputs.upperBound ?? 0 }
  var support: (phrase: String, hint: String) {
    (parts.map(\.likelihood.support.phrase).joined(separator: "; "), "see each group's likelihood")
  }

  func support(of column: Int) -> (kind: String?, phrase: String, hint: String) {
    guard let part = parts.first(where: { $0.columns.contains(column) }) else {
      return (nil, support.phrase, support.hint)
    }
    let own = part.likelihood.support(of: column - part.columns.lowerBound)
    return (own.kind ?? part.kind, own.phrase, own.hint)
  }

  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: output.rows) { part in
      guard let terms = part.baseAddress else { return }
      logDensity.update(repeating: 0, count: output.rows)
      for part in parts {
        part.likelihood.evaluate(
          output.columns(part.outputs), of: x.columns(part.columns), samples: samples,
          scale: scale, into: terms, gradient: gradient?.columns(part.outputs))
        for row in 0..<output.rows { logDensity[row] += terms[row] }
      }
    }
  }

  func mean(_ output: Block, into mean: Block) {
    for part in parts {
      part.likelihood.mean(output.columns(part.outputs), into: mean.columns(part.columns))
    }
  }

  func draw(_ output: Block, into x: Block, _ further: FurtherNumbers) {
    for part in parts {
      part.likelihood.draw(
        output.columns(part.outputs), into: x.columns(part.columns),
        further.columns(from: part.columns.lowerBound))
    }
  }

  func firstOutside(_ x: Block) -> (row: Int, column: Int)? {
    parts.lazy.compactMap { part in
      part.likelihood.firstOutside(x.columns(part.columns)).map {
        (row: $0.row, column: $0.column + part.columns.lowerBound)
      }
    }.first
  }

  var encoderSegments: [EncoderView.Segment] {
    parts.flatMap { part in
      part.likelihood.encoderSegments.map { segment in
        let first = part.columns.lowerBound
        return EncoderView.Segment(
          segment.columns.lowerBound + first..<segment.columns.upperBound + first, segment.sight)
      }
    }
  }

  func outputScales(deviation: [Double?]) -> [OutputScale] {
    guard deviation.count == shape.count else { return [] }
    return parts.flatMap { part in
      let scales = part.likelihood.outputScales(deviation: Array(deviation[part.columns]))
      return scales.isEmpty ? part.outputs.map { _ in OutputScale.one } : scales
    }
  }

  func initialBias(mean: [Double]) -> [Float] {
    parts.flatMap { $0.likelihood.initialBias(mean: Array(mean[$0.columns])) }
  }
}

extension Choice<LikelihoodKind> {
  /// Groups of neighbouring columns that cover all columns, each with its own likelihood.
  public static func mixed(_ groups: [(columns: Range<Int>, likelihood: Self)]) -> Self {
    var module = Mixed()
    module.columns = groups.map {
      Mixed.Group($0.columns.lowerBound, $0.columns.upperBound, $0.likelihood)
    }
    return Choice(module) { $0 }
  }
}
