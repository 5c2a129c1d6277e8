import JSON
import Tensors

extension DataSet {
  /// Returns what looks wrong in rows from a source of this type, a sentence each with its way out.
  /// Throws what `DataProfile` throws.
  package func notes(
    from source: String, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> [String] {
    var notes: [String] = []
    if let profile = try tableProfile(checkpoint), profile.examined >= DataNotes.fewRows {
      notes = DataNotes(profile: profile, source: source).all
    }
    for column in columns ?? [] where column.rounded > 0 {
      notes.append(
        "column \(JSON.string(column.name).excerpt) has whole numbers beyond 16777216 that float32 rounds (\(column.rounded) of them): subtract an offset before loading, or, if they only name the rows, \(DataNotes.leaveOut(1, source))"
      )
    }
    if source == "csv", let note = noteOnNames { notes.append(note) }
    if let note = noteOnClasses { notes.append(note) }
    if let note = noteOnWeights { notes.append(note) }
    return notes
  }

  /// A note about columns whose names are mostly numbers, some of them no whole ones: they may be
  /// the first row.
  private var noteOnNames: String? {
    let names = columns?.map(\.name) ?? []
    let numbers = names.filter { Double($0)?.isFinite == true }
    guard 2 * numbers.count > names.count, let first = numbers.first(where: { Int($0) == nil })
    else { return nil }
    return
      "a column has the name \(JSON.string(first).excerpt): if the first line is a row and names no columns, give \"header\": false in the source"
  }

  /// A note about weights of which a few outweigh all others.
  private var noteOnWeights: String? {
    guard let weights, count >= 2 * DataNotes.fewRows else { return nil }
    let effective = Weighting.effectiveCount(weights.lazy.map { Double($0) })
    guard effective < max(Double(DataNotes.fewRows), Double(count) / 10) else { return nil }
    return
      "the \(count) rows count as \(Int(effective.rounded())) of equal weight, (sum w)^2 / sum w^2, since a few weights outweigh the others: means over them are as imprecise, so bound the largest weights before loading, or leave \"weights\" out"
  }

  /// A note about classes of few rows, and of fewer than half of those of a class on average.
  private var noteOnClasses: String? {
    guard let labels, count >= 2 * DataNotes.fewRows else { return nil }
    var sizes: [Int: Int] = [:]
    for label in labels { sizes[label, default: 0] += 1 }
    // Where all classes are small, the data are.
    let half = count / max(1, 2 * sizes.count)
    let rare = sizes.filter { $0.value < min(DataNotes.fewRows, half) }.keys.sorted()
    guard let first = rare.first, let size = sizes[first] else { return nil }
    let word = (classNames.flatMap { $0.indices.contains(first) ? $0[first] : nil })
      .map { JSON.string($0).excerpt }
    let more = rare.count == 1 ? "" : " (and \(rare.count - 1) more classes have few)"
    return
      "class \(word ?? "\(first)") has \(size) \(size == 1 ? "row" : "rows")\(more), too few to learn or to test it: join rare classes or add rows before loading, or leave \"label\" and \"labels\" out if the model has no \"condition\""
  }
}

/// What looks wrong in the columns of a table.
private struct DataNotes {
  let profile: DataProfile
  let source: String

  /// Fewer rows show nothing.
  static let fewRows = 10
  /// A column with a greater share of zeros is named.
  private static let mostZeros = 0.99

  var all: [String] {
    let columns = profile.columns
    var notes: [String] = []
    let indices = columns.filter(\.countsRows)
    if let first = indices.first {
      let way =
        source == "csv"
        ? "give \"index\": \(JSON.string(first.name).excerpt) in the source"
        : Self.leaveOut(1, source)
      notes.append(
        "column \(name(first)) counts the rows from \(Int(first.minimum)), and says nothing about them: \(way)"
      )
    }
    let constant = columns.filter(\.isConstant)
    if let first = constant.first {
      notes.append(
        "\(subject(constant)) the same value in all rows\(profile.extent) (\(JSON.float(first.minimum).line)\(constant.count > 1 ? " in the first of them" : "")), and says nothing about them: \(Self.leaveOut(constant.count, source))"
      )
    }
    let (repeated, of) = duplicates
    if let original = of {
      notes.append(
        "\(subject(repeated)) the values of column \(name(original))\(repeated.count > 1 ? " or of others" : "") again\(profile.extent), and would be counted twice: \(Self.leaveOut(repeated.count, source))"
      )
    }
    let sparse = columns.filter {
      !$0.isConstant && Double($0.zeros) > Self.mostZeros * Double($0.count)
    }
    if !sparse.isEmpty {
      notes.append(
        "\(subject(sparse)) 0 in more than 99% of the rows\(profile.extent), from which little is learned: \(Self.leaveOut(sparse.count, source))"
      )
    }
    return notes
  }

  /// The columns that repeat an earlier one, and the first one that is repeated.
  private var duplicates: (repeated: [ColumnProfile], original: ColumnProfile?) {
    var first: [UInt64: ColumnProfile] = [:]
    var repeated: [ColumnProfile] = []
    var original: ColumnProfile?
    for column in profile.columns where !column.isConstant {
      if let twin = first[column.hash], twin.mean == column.mean, twin.maximum == column.maximum {
        repeated.append(column)
        original = original ?? twin
      } else {
        first[column.hash] = column
      }
    }
    return (repeated, original)
  }

  private func name(_ column: ColumnProfile) -> String { JSON.string(column.name).excerpt }

  /// Returns the beginning of a sentence, such as `columns "a", "b" and 3 more have`.
  private func subject(_ columns: [ColumnProfile]) -> String {
    guard columns.count > 1 else { return "column \(columns.map(name).joined()) has" }
    let named = columns.prefix(3).map(name).joined(separator: ", ")
    return "columns \(named)\(columns.count > 3 ? " and \(columns.count - 3) more" : "") have"
  }

  /// Returns how columns are left out of rows from this source.
  static func leaveOut(_ count: Int, _ source: String) -> String {
    let it = count == 1 ? "it" : "them"
    return switch source {
    case "csv": "leave \(it) out of the source's \"columns\""
    case "sqlite": "leave \(it) out of the SELECT in \"query\""
    case "array": "leave \(it) out of the rows"
    default: "leave \(it) out when the file for \"source\" is written"
    }
  }
}
