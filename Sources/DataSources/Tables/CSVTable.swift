import Declarations
import Files
import JSON
import Tensors

/// The numbers of a table while its records are read.
struct CSVTable {
  private let path: String
  /// The word for a record: the line of a file, or the row of a query.
  private let unit: String
  private let missing: CSVSource.Missing
  private let marks: [[UInt8]]
  /// The option that lists the marks; nil if the source has none.
  private let marksOption: String?
  private let form: NumberForm
  private let width: Int
  private var columns: [ColumnReader] = []
  private var label: ColumnReader?
  private var values: [Float] = []
  private var labels: [Int] = []
  /// The column that is no part of the rows, and its number in each row.
  private var aside: ColumnReader?
  private var asides: [Int] = []
  /// The column of the weights, and the weight of each row.
  private var weight: ColumnReader?
  private var weights: [Float] = []
  /// Whether the client listed the label among the columns of words: numbers are then words too.
  private var labelIsWord = false
  /// The first line of each different label.
  private var labelLines: [Int] = []
  /// The indices in `values` that are to be filled in, by column.
  private var gaps: [[Int]]
  /// Blank lines, which are missing values if another record follows, and are ignored otherwise.
  private var blanks: [Int] = []
  /// The places of the records that a missing value left out, from 0.
  private var dropped: [Int] = []

  /// Finds the columns among `names`. Throws `params` if one is missing.
  init(
    _ options: CSVSource, _ form: NumberForm, _ names: [String], aside besides: AsideColumns
  ) throws(Fault) {
    self.form = form
    path = options.path
    unit = options.unit
    missing = options.missing
    marks = options.marks.map { Array($0.utf8) }
    marksOption = options.hasMarks ? "marks" : nil
    width = names.count
    gaps = []
    let places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    let find = { (name: String, member: String) throws(Fault) -> Int in
      if let place = places[name] { return place }
      let list = names.prefix(16).joined(separator: ", ") + (names.count > 16 ? ", …" : "")
      throw Fault(
        .params, "the table has no column \(JSON.string(name).excerpt)", path: member,
        expected: "one of \(list)", got: JSON.string(name).excerpt,
        hint: suggestion(for: name, among: names) ?? "the columns are \(list)")
    }
    var words: [String: [String]] = [:]
    for (name, list) in options.categories.members {
      _ = try find(name, "categories.\(name)")
      guard Set(list).count == list.count else {
        throw Fault(
          .params, "expected each word once", path: "categories.\(name)",
          expected: "different words", got: "one of them twice")
      }
      words[name] = list
    }
    if let name = options.label {
      label = ColumnReader(
        name, field: try find(name, "label"), words: words[name] ?? [], form, unit,
        marks: marksOption)
      labelIsWord = words[name] != nil
    }
    if let name = besides.split {
      aside = ColumnReader(
        name, field: try find(name, "by"), words: [], form, unit, marks: marksOption)
    }
    if let name = besides.weights {
      weight = ColumnReader(
        name, field: try find(name, "weights"), words: nil, form, unit, marks: marksOption)
    }
    // Programs write the numbers of the rows as a first column without a name.
    let isNumbered = options.header && options.index == nil && names.first == ""
    let index = try options.index.map { (name) throws(Fault) in names[try find(name, "index")] }
    let chosen =
      options.columns
      ?? names.enumerated().filter { position, name in
        name != options.label && !besides.contains(name) && name != index
          && !(isNumbered && position == 0 && width > 1)
      }.map(\.element)
    guard !chosen.isEmpty else {
      throw Fault(
        .params, "expected at least one column beside the label, got none", path: "columns",
        expected: "at least one column", got: "none")
    }
    for (position, name) in chosen.enumerated() {
      guard !chosen[..<position].contains(name) else {
        throw Fault(
          .params, "column \(JSON.string(name).excerpt) is named twice",
          path: "columns[\(position)]", expected: "each column once",
          got: JSON.string(name).excerpt)
      }
      let field = try find(name, "columns[\(position)]")
      columns.append(
        ColumnReader(
          name, field: field, words: words[name], detects: options.detectWords, form, unit,
          marks: marksOption))
    }
    gaps = [[Int]](repeating: [], count: columns.count)
  }

  /// Adds a record. Throws `badFile` with its line and column, and `memory`.
  mutating func take(_ record: some TableRecord) throws(Fault) {
    if record.isBlank {
      blanks.append(record.line)
      guard blanks.count < 1 << 20 else { throw ragged(record.line, 1) }
      return
    }
    if let blank = blanks.first {
      guard width == 1, missing != .refuse, isMark(UnsafeBufferPointer(start: nil, count: 0)) else {
        throw ragged(blank, 0)
      }
      for _ in blanks {
        if missing == .mean, label == nil {
          gaps[0].append(values.count)
          values.append(0)
        } else {
          try drop()
        }
      }
      blanks = []
    }
    guard record.count == width else { throw ragged(record.line, record.count) }
    if values.count + columns.count > values.capacity {
      // Twice the capacity, besides the current one; labels and gaps grow with it.
      try Memory.require(
        Size(values.count + columns.count) * 24 + (labels.count + asides.count) * 32
          + weights.count * 16, for: path)
    }
    let lacking = columns.indices.filter { isMissing(columns[$0], record) }
    if let column = missingBeside(record) {
      if missing == .drop { return try drop() }
      throw refusal(column, record)
    }
    if let first = lacking.first {
      switch missing {
      case .refuse: throw refusal(columns[first], record)
      case .drop: return try drop()
      case .mean: break
      }
    }
    var next = lacking[...]
    for index in columns.indices {
      if next.first == index {
        next = next.dropFirst()
        gaps[index].append(values.count)
        values.append(0)
      } else {
        values.append(Float(try columns[index].value(record, path)))
      }
    }
    if let number = try aside?.value(record, path) { asides.append(Int(number)) }
    if let number = try weight?.value(record, path) { weights.append(Float(number)) }
    if let number = try label?.value(record, path) {
      labels.append(Int(number))
      if labels[labels.count - 1] == labelLines.count { labelLines.append(record.line) }
    }
  }

  /// Leaves a record out. Throws `memory`.
  private mutating func drop() throws(Fault) {
    if dropped.count == dropped.capacity {
      try Memory.require(Size(dropped.count) * 24, for: path)
    }
    dropped.append(values.count / max(1, columns.count) + dropped.count)
  }

  /// Returns the rows, with words numbered and gaps filled. Throws `badFile` if a column has no
  /// value to fill its gaps with.
  mutating func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    for index in columns.indices {
      try checkpoint()
      if columns[index].holdsWords {
        let moves = columns[index].sort().map { Float($0) }
        for place in stride(from: index, to: values.count, by: columns.count) where !moves.isEmpty {
          values[place] = moves[Int(values[place])]
        }
      }
      guard !gaps[index].isEmpty else { continue }
      guard let filling = columns[index].filling else {
        let name = JSON.string(columns[index].name).excerpt
        throw Fault(
          .badFile, "\(path): every value of column \(name) is missing",
          hint: "name the other columns in \"columns\"")
      }
      for place in gaps[index] { values[place] = Float(filling) }
    }
    guard !values.isEmpty else {
      throw Fault(
        .badFile, "\(path): no row is left",
        hint: missing == .drop ? "each had a missing value" : nil)
    }
    let (classes, names) = try self.classes()
    var rows = try Rows(.floats(values), [columns.count], labels: classes)
    rows.columns = columns.indices.map { index in
      TableColumn(
        name: columns[index].name,
        categories: columns[index].holdsWords ? columns[index].names : nil,
        missing: gaps[index].count, rounded: columns[index].rounded)
    }
    rows.classNames = names
    rows.dropped = dropped
    rows.aside = aside.map { WordColumn(words: $0.names, places: asides) }
    rows.weights = weight == nil ? nil : weights
    return rows
  }

  /// Returns the class of each row: the integer of its label, or the number of its word, and then
  /// the words as well.
  ///
  /// The labels of a column have one kind. Throws `badFile` if they do not, or if a number is not
  /// an integer.
  private mutating func classes() throws(Fault) -> (classes: [Int]?, names: [String]?) {
    guard let label else { return (nil, nil) }
    if !labelIsWord {
      let integers = label.names.map { name in
        Int(label: form.plain(name.utf8).map { String(decoding: $0, as: UTF8.self) } ?? name)
      }
      if !integers.contains(nil) { return (labels.map { integers[$0] ?? 0 }, nil) }
      try checkWords(label)
    }
    let moves = self.label?.sort() ?? []
    return (labels.map { moves[$0] }, self.label?.names)
  }

  /// Throws if only some labels are numbers, because words and numbers cannot both be classes.
  private func checkWords(_ label: ColumnReader) throws(Fault) {
    let names = label.names
    let firstIsNumber = names.first.flatMap { Double(label: $0) } != nil
    let odd = names.firstIndex { name in
      firstIsNumber ? Int(label: name) == nil : Double(label: name) != nil
    }
    guard let odd else { return }
    let (name, column) = (JSON.string(names[odd]).excerpt, JSON.string(label.name).excerpt)
    let kind = firstIsNumber ? "a whole number" : "a word"
    let first = odd > 0 ? ", as in \(unit) \(labelLines[0])" : ""
    throw label.bad(
      line: labelLines[odd], path, "expected \(kind) as the label\(first), got \(name)",
      hint:
        "\"categories\": {\(column): []} takes all as words; "
        + (marksOption.map { "list the marks of missing values in \"\($0)\"" }
          ?? "select NULL for missing values")
        + ", and drop their rows with \"missing\": \"drop\""
    )
  }

  /// The label, or a column beside the rows, if its value is missing: no other fills it in.
  private func missingBeside(_ record: some TableRecord) -> ColumnReader? {
    if let label, isMissing(label, record) { return label }
    if let aside, isMissing(aside, record) { return aside }
    if let weight, isMissing(weight, record) { return weight }
    return nil
  }

  private func isMissing(_ column: ColumnReader, _ record: some TableRecord) -> Bool {
    record.withField(column.field) { isMark($0) }
  }

  private func isMark(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    marks.contains { $0.count == bytes.count && $0.elementsEqual(bytes) }
  }

  private func ragged(_ line: Int, _ count: Int) -> Fault {
    File.bad(
      path, line: line, column: "\(min(count, width) + 1)",
      "expected \(width) \(width == 1 ? "field" : "fields"), got \(count == 0 ? "a blank line" : "\(count)")",
      hint: width == 1 ? columns.first.flatMap { CSVSource.delimiterHint(in: $0.name) } : nil)
  }

  private func refusal(_ column: ColumnReader, _ record: some TableRecord) -> Fault {
    let isLabel = [label, aside, weight].contains { $0?.field == column.field }
    return column.bad(
      record, path, "the value is missing",
      hint: isLabel
        ? "\"missing\": \"drop\" leaves the row out"
        : "\"missing\": \"drop\" leaves the row out, \"mean\" fills the value in")
  }
}
