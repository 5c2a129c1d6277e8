import DataSources
import Declarations
import JSON
import Variational

/// A density for each column of a table.
struct ProposedColumns {
  /// What a column holds.
  private enum Content: Equatable {
    case binary
    case classes(Int)
    case constant
    case counts
    case reals

    /// The number of classes, if it holds them.
    var classes: Int? { if case .classes(let count) = self { count } else { nil } }

    var likelihood: Choice<LikelihoodKind> {
      switch self {
      case .binary: .bernoulli
      case .classes(let count): .categorical(classes: count)
      case .constant: .gaussian(deviation: 1)
      case .counts: .negativeBinomial()
      case .reals: .gaussian
      }
    }

    /// The likelihood and its reason, such as "bernoulli for 2 columns of zeros and ones".
    func reason(_ columns: String) -> String {
      switch self {
      case .binary: "bernoulli for \(columns), because every value is 0 or 1"
      case .classes: "categorical for \(columns), because the values are words or few whole numbers"
      case .constant:
        "gaussian of deviation 1 for \(columns), because the value never changes and would be learned without bound"
      case .counts:
        "negativeBinomial for \(columns), because the values are counts: whole numbers with zeros"
      case .reals: "gaussian for \(columns), because the values are numbers on a scale"
      }
    }
  }

  private let profile: DataProfile
  private let contents: [Content]
  private let hasNames: Bool

  /// The smallest share of zeros in a column of counts; without zeros, whole numbers are a scale,
  /// like ages.
  private static let leastZeros = 0.05
  /// From so many columns of counts, each row's total is taken for how much of it was seen.
  private static let manyCounts = 32
  /// A deviation above this share of the mean comes from a long tail.
  private static let longTail = 1.0
  /// The least frequent class has at least the inverse of this share of the rows.
  private static let mostOften = 50
  /// The most words that the encoder sees one by one.
  private static let mostWords = 1000
  /// Of more words than these, each is to stand in two rows on average, or they name the rows.
  private static let fewWords = 20

  init(_ data: DataSet, _ profile: DataProfile) throws(Fault) {
    self.profile = profile
    hasNames = data.columns != nil
    contents = try profile.columns.map { (column) throws(Fault) in
      if let words = column.words {
        let most = min(Self.mostWords, max(Self.fewWords, column.count / 2))
        guard words.count <= most else {
          throw Fault(
            .support,
            "column \(JSON.string(column.name).excerpt) has \(words.count) different words in \(column.count) rows",
            expected: "at most \(most) words in a column", got: "\(words.count)",
            hint: words.allSatisfy(Self.isAmount)
              ? "take the signs out, so that \(JSON.string(words[0]).excerpt) is a number; or leave the column out"
              : "leave the column out if it names the rows; else join rare words")
        }
        return words.count <= 2 ? .binary : .classes(words.count)
      }
      if column.isConstant { return .constant }
      if column.isBinary { return .binary }
      if let count = Self.classes(of: column) { return .classes(count) }
      let share = Double(column.zeros) / Double(max(1, column.count))
      return column.areCounts && share >= Self.leastZeros ? .counts : .reals
    }
  }

  /// Returns the number of classes of a column of the numbers 0, 1, … up to 9 at most, each of them
  /// frequent; nil for all others.
  private static func classes(of column: ColumnProfile) -> Int? {
    guard column.areCounts, column.maximum <= 9, let values = column.different,
      values.count == Int(column.maximum) + 1, column.count >= mostOften * values.count,
      column.leastFrequent * mostOften >= column.count
    else { return nil }
    return values.count
  }

  /// Whether a word is a number beside the sign of a currency or percent.
  private static func isAmount(_ word: String) -> Bool {
    let signs = word.filter { !($0.isWholeNumber || ".,'+- ".contains($0)) }
    return word.contains(where: \.isWholeNumber) && !signs.isEmpty
      && signs.allSatisfy { $0.isCurrencySymbol || $0 == "%" }
  }

  var density: ProposedDensity {
    if let counts = densityOfCounts { return counts }
    var density = ProposedDensity(likelihood)
    var seen: [Content] = []
    for content in contents where !seen.contains(content) {
      seen.append(content)
      density.reasons.append(content.reason(names(contents.indices(where: { $0 == content }))))
    }
    let classes = contents.indices(where: { $0.classes != nil })
    let reals = contents.indices(where: { $0 == .reals || $0 == .constant })
    let tails = reals.filter {
      let column = profile.columns[$0]
      return column.minimum >= 0 && column.deviation > Self.longTail * column.mean
    }
    if !tails.isEmpty {
      density.preprocess.append(.log1p(columns(tails)))
      density.reasons.append("log1p of \(names(tails)), because of a long tail")
    }
    if !reals.isEmpty {
      density.preprocess.append(.standardize(columns(reals)))
      density.reasons.append(
        "standardize \(names(reals)), so that all are learned at one rate; log p(x) stays in the data's own units"
      )
    }
    if !classes.isEmpty {
      let levels = contents.compactMap(\.classes)
      density.preprocess.append(.oneHot(columns(classes), levels: levels))
      density.reasons.append("oneHot of \(names(classes)), because classes have no order")
    }
    return density
  }

  /// The density of a matrix of counts, such as words in documents or genes in cells.
  private var densityOfCounts: ProposedDensity? {
    let areCounts = profile.columns.allSatisfy { $0.words == nil && $0.areCounts }
    guard areCounts, 2 * contents.count(where: { $0 == .counts }) > contents.count else {
      return nil
    }
    let isScaled = contents.count >= Self.manyCounts
    var density = ProposedDensity(
      .negativeBinomial(sizeFactors: isScaled),
      "negativeBinomial, because all values are counts: whole numbers with zeros")
    if isScaled {
      density.reasons.append(
        "sizeFactors, because the totals of rows with \(contents.count) counts say how much was seen of each"
      )
    }
    return density
  }

  /// One likelihood for all columns, or one for each group of neighbours of the same content.
  private var likelihood: Choice<LikelihoodKind> {
    var groups: [(columns: Range<Int>, content: Content)] = []
    for (column, content) in contents.enumerated() {
      if let last = groups.last, last.content == content {
        groups[groups.count - 1].columns = last.columns.lowerBound..<column + 1
      } else {
        groups.append((column..<column + 1, content))
      }
    }
    guard groups.count > 1 else { return groups.first?.content.likelihood ?? .gaussian }
    return .mixed(groups.map { (columns: $0.columns, likelihood: $0.content.likelihood) })
  }

  /// The columns as options of a change; nil for all.
  private func columns(_ places: [Int]) -> [Column]? {
    guard places.count < contents.count else { return nil }
    return places.map { hasNames ? .name(profile.columns[$0].name) : .number($0) }
  }

  /// The columns in words.
  private func names(_ places: [Int]) -> String {
    guard places.count < contents.count || places.count == 1 else {
      return "all \(places.count) columns"
    }
    let named = places.prefix(4).map { JSON.string(profile.columns[$0].name).excerpt }
      .joined(separator: ", ")
    return places.count > 4 ? "\(named) and \(places.count - 4) more columns" : named
  }
}

extension Array {
  /// Returns the indices of the elements for which `isIncluded` holds.
  fileprivate func indices(where isIncluded: (Element) -> Bool) -> [Int] {
    indices.filter { isIncluded(self[$0]) }
  }
}
