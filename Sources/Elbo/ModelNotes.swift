import DataSources
import Glibc
import JSON
import Variational

/// What looks wrong in a likelihood for the columns of the data, a sentence each with its way out.
struct ModelNotes {
  private let profile: DataProfile
  /// The standard deviation of each column, as the likelihood sees it.
  private let deviation: [Double]
  /// The kind of density of each column.
  private let kinds: [String]
  /// The columns that `preprocess` changes.
  private let changed: Set<Int>

  /// The kinds whose parameters live on the scale of the data.
  private static let ofReals: Set<String> = ["gaussian", "laplace", "studentT"]
  /// Deviations that lie further apart train at different speeds.
  private static let mostApart = 100.0

  /// `deviation` is that of the columns after `preprocess`. Nil if no column has a density of real
  /// numbers. Throws what `DataProfile` throws.
  init?(
    _ spec: ModelSpec, _ data: DataSet, deviation: [Double]? = nil,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let width = data.shape.count
    if let mixed = spec.likelihood.product as? Mixed {
      kinds = mixed.columns.flatMap { group in
        [String](repeating: group.likelihood.typeName, count: max(0, group.to - group.from))
      }
    } else {
      kinds = [String](repeating: spec.likelihood.typeName, count: width)
    }
    guard kinds.count == width, kinds.contains(where: Self.ofReals.contains) else { return nil }
    profile = try DataProfile(of: data, checkpoint)
    self.deviation = deviation ?? profile.columns.map(\.deviation)
    var changed: Set<Int> = []
    for part in spec.preprocess where part.typeName != OneHot.type {
      guard let columns = part.product.columns else {
        changed = Set(0..<width)
        break
      }
      for column in columns { if case .number(let number) = column { changed.insert(number) } }
    }
    self.changed = changed
  }

  /// The standard deviations of the columns of a table, each of which has a scale of its own; nil
  /// for images and their pixels.
  var scales: [Double]? { profile.isTable ? deviation : nil }

  var all: [String] { [noteOnScales, noteOnWholeNumbers].compactMap(\.self) }

  /// The columns of real numbers.
  private var reals: [Int] { kinds.indices.filter { Self.ofReals.contains(kinds[$0]) } }

  private func name(_ column: Int) -> String { JSON.string(profile.columns[column].name).excerpt }

  private var noteOnScales: String? {
    let varying = reals.filter { !profile.columns[$0].isConstant && deviation[$0] > 0 }
    guard profile.isTable,
      let widest = varying.max(by: { deviation[$0] < deviation[$1] }),
      let narrowest = varying.min(by: { deviation[$0] < deviation[$1] }),
      deviation[widest] > Self.mostApart * deviation[narrowest]
    else { return nil }
    func number(_ column: Int) -> String {
      let unit = pow(10, floor(log10(deviation[column])) - 2)
      return JSON.float(Float((deviation[column] / unit).rounded() * unit)).line
    }
    return
      "columns \(name(widest)) and \(name(narrowest)) have standard deviations of \(number(widest)) and \(number(narrowest))\(profile.extent), too far apart to be learned at one rate: give \"preprocess\": [{\"type\": \"standardize\"}], with \"columns\" if some hold classes or counts"
  }

  private var noteOnWholeNumbers: String? {
    let whole = reals.filter { profile.columns[$0].areCounts && !profile.columns[$0].isConstant }
    guard let first = whole.first, profile.examined >= 10 else { return nil }
    let isAll = whole.count == kinds.count || whole.count == reals.count && !profile.isTable
    let greatest = whole.map { profile.columns[$0].maximum }.max() ?? 0
    if !profile.isTable {
      guard changed.isEmpty, isAll || profile.columns.allSatisfy(\.areCounts) else { return nil }
      return greatest <= 1
        ? "every value is 0 or 1, where a density of real numbers has no bound: give \"likelihood\": {\"type\": \"bernoulli\"}"
        : "the values are grey levels, whole numbers from 0 to \(Int(greatest)), into \(kinds[first]): give \"likelihood\": {\"type\": \"discretizedLogistic\"}, or load them with the transform {\"type\": \"scale\", \"by\": 0.00392156862745098}"
    }
    let binary = whole.filter { profile.columns[$0].isBinary }
    if let column = binary.first {
      return
        "column \(name(column)) is 0 or 1 in all rows\(profile.extent)\(binary.count > 1 ? " (and \(binary.count - 1) more)" : ""), where a density of real numbers has no bound: give \"likelihood\": {\"type\": \"mixed\"} with \"bernoulli\" for such columns"
    }
    guard isAll, changed.isDisjoint(with: whole), whole.count > 1 else { return nil }
    return
      "all columns hold counts\(profile.extent), into \(kinds[first]): give \"likelihood\": {\"type\": \"negativeBinomial\"} or \"poisson\", or \"preprocess\": [{\"type\": \"log1p\"}, {\"type\": \"standardize\"}]"
  }
}
