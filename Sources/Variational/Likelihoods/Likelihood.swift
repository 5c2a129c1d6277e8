import Declarations
import JSON
import Layers
import Tensors

/// A distribution p(x | z) of the data whose parameters are the decoder's outputs.
public protocol Likelihood: Sendable {
  /// The shape of one example.
  var shape: Shape { get }
  /// The width of the decoder's last layer.
  var outputs: Int { get }
  /// The activation that is not run as a last layer, because the density is computed from its
  /// input.
  var absorbs: (any Activation.Type)? { get }

  /// Overwrites `logDensity` with log p(x | z) of each row of `output`, summed over the dimensions,
  /// in nats; and `gradient` (unless nil; it may be `output` itself) with `scale` times its
  /// gradient. Row r of the output belongs to row r / samples of x.
  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?)
  /// Overwrites `mean` with the mean of p(x | z), in the shape of the data.
  func mean(_ output: Block, into mean: Block)
  /// Overwrites `x` (which holds numbers uniform on (0, 1)) with draws from p(x | z); `further`
  /// supplies more numbers for draws that need more than one. A draw from parameters that are not
  /// finite may be NaN, and takes no longer than others.
  func draw(_ output: Block, into x: Block, _ further: FurtherNumbers)
  /// Returns the row and column of the first value without a density; nil if there is none.
  func firstOutside(_ x: Block) -> (row: Int, column: Int)?
  /// A phrase for the values that have a density, and a hint for data that have others.
  var support: (phrase: String, hint: String) { get }
  /// The same for one column, and the density's kind if columns have different ones.
  func support(of column: Int) -> (kind: String?, phrase: String, hint: String)
  /// Returns the decoder's last bias for data with this mean.
  func initialBias(mean: [Double]) -> [Float]
  /// Returns how each of the decoder's outputs begins for columns of these deviations, nil for
  /// columns whose scale is about 1; an empty list if no output has the unit of a column.
  func outputScales(deviation: [Double?]) -> [OutputScale]
  /// The columns that the encoder should not see as they are.
  var encoderSegments: [EncoderView.Segment] { get }
}

/// Decoded options of a likelihood, as the registry returns them.
public protocol LikelihoodPart: Sendable {
  /// A shape of data that the examples accept.
  var exampleShape: Shape { get }
  /// Returns the likelihood of examples of this shape. Throws `shape` if it does not fit.
  func likelihood(shape: Shape) throws(Fault) -> any Likelihood
}

/// A likelihood's options as a type, as a client writes them.
public protocol LikelihoodModule: Module, LikelihoodPart {}

extension LikelihoodModule {
  public var exampleShape: Shape { [3] }
}

/// The kind of the likelihoods.
public enum LikelihoodKind: Kind {
  public static let name = "likelihood"
  /// All likelihoods by name. A new one needs one line here.
  public static let registry = Registry<any LikelihoodPart>(
    name,
    [
      .module(Bernoulli.self) { $0 },
      .module(Categorical.self) { $0 },
      .module(ContinuousBernoulli.self) { $0 },
      .module(DiscretizedLogistic.self) { $0 },
      .module(GaussianLikelihood.self) { $0 },
      .module(Laplace.self) { $0 },
      .module(Mixed.self) { $0 },
      .module(NegativeBinomial.self) { $0 },
      .module(Poisson.self) { $0 },
      .module(StudentT.self) { $0 },
    ])
}

extension Likelihood {
  public var absorbs: (any Activation.Type)? { nil }
  public var encoderSegments: [EncoderView.Segment] { [] }
  public func outputScales(deviation: [Double?]) -> [OutputScale] { [] }

  public func support(of column: Int) -> (kind: String?, phrase: String, hint: String) {
    (nil, support.phrase, support.hint)
  }

  /// Throws `support` if a value of `x` has no density; `names` gives the rows' indices in the
  /// data.
  public func check(
    _ x: Block, columnNames: [String]? = nil, names: (Int) -> Int
  ) throws(Fault) {
    guard let (row, column) = firstOutside(x) else { return }
    let value = JSON.float(x[row, column]).line
    let support = support(of: column)
    let kind = support.kind.map { " (\($0))" } ?? ""
    throw Fault(
      .support,
      "row \(names(row)), column \(columnNames?[column] ?? "\(column)")\(kind): \(value) is not \(support.phrase)",
      expected: support.phrase, got: value, hint: support.hint)
  }
}
