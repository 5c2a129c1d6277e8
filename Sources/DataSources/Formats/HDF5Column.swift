import Files
import JSON
import Tensors

/// One value for each row of an HDF5 file, such as a column of AnnData's `obs`: whole numbers,
/// words, or numbers of words.
struct HDF5Column {
  private let file: HDF5File
  private let path: String

  /// Takes what is at a path, which may be a member of records.
  init(_ path: String, in file: HDF5File) { (self.file, self.path) = (file, path) }

  /// Returns the class of each row, and the names of the classes if they are words. Throws
  /// `badFile`, and `shape`.
  func classes(
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (labels: [Int], names: [String]?) {
    guard case .dataset(let dataset) = try file.find(path) else {
      return try classesOfGroup(checkpoint)
    }
    if let categories = try categories(of: dataset) {
      return try classes(of: dataset, among: categories, checkpoint)
    }
    if dataset.kind == "s" { return Rows.classes(of: try dataset.texts()) }
    return (try dataset.array().classes(dataset.name, checkpoint), nil)
  }

  /// Returns the word of each row: a whole number is one as well. Throws `badFile`, and `shape`.
  func words(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> WordColumn {
    let (labels, names) = try classes(checkpoint)
    if let names { return WordColumn(words: names, places: labels) }
    let different = Set(labels).sorted()
    let places = Dictionary(zip(different, different.indices)) { first, _ in first }
    return WordColumn(words: different.map(String.init), places: labels.map { places[$0] ?? 0 })
  }

  /// Returns the number of each row. Throws `params` for a column of other things, `badFile`, and
  /// `shape`.
  func numbers(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> [Float] {
    guard case .dataset(let dataset) = try file.find(path), dataset.holdsNumbers else {
      throw Fault(
        .params, "\(file.path), \(path): holds no numbers", expected: "a column of numbers",
        got: "another column", hint: "save the weights as numbers of float32 or float64")
    }
    guard dataset.extents.count == 1 else {
      throw Fault(
        .shape, "\(dataset.name): expected a number for each row, got \(dataset.shape)",
        expected: "[rows]", got: "\(dataset.shape)")
    }
    switch try dataset.array().storage(checkpoint) {
    case .floats(let values): return values
    case .bytes(let values): return values.map { Float($0) }
    case .sparse, .stored: return []
    }
  }

  /// Returns the classes of a group, as anndata writes one for words and for numbers of which some
  /// may be missing.
  private func classesOfGroup(
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (labels: [Int], names: [String]?) {
    if case .dataset(let codes) = try file.look("\(path)/codes"),
      case .dataset(let categories) = try file.look("\(path)/categories")
    {
      return try classes(of: codes, among: categories, checkpoint)
    }
    guard case .dataset(let mask) = try file.look("\(path)/mask"),
      case .dataset = try file.look("\(path)/values")
    else {
      let names = try file.names(in: path)
      throw Fault(
        .params, "\(file.path), \(path): is a group that holds \(listed(names))",
        expected: "a column", got: "a group",
        hint: names.first.map { "name one of them, as \(JSON.string("\(path)/\($0)").line)" })
    }
    let missing = try mask.array().integers(checkpoint)
    if let row = missing.firstIndex(where: { $0 != 0 }) { throw lacks(row) }
    return try HDF5Column("\(path)/values", in: file).classes(checkpoint)
  }

  /// Returns the dataset with the words whose numbers a dataset has, if there is one: as anndata
  /// wrote them up to 0.7, and scanpy before.
  private func categories(of dataset: HDF5Dataset) throws(Fault) -> HDF5Dataset? {
    guard dataset.kind == "i" || dataset.kind == "u", let slash = path.lastIndex(of: "/") else {
      return nil
    }
    let name = path[path.index(after: slash)...]
    var places = ["uns/\(name)_categories"]
    if dataset.member.isEmpty {
      places =
        try file.has("categories", at: path)
        ? ["\(path[..<slash])/__categories/\(name)"] : []
    }
    for place in places {
      if case .dataset(let found) = try file.look(place) { return found }
    }
    return nil
  }

  private func classes(
    of codes: HDF5Dataset, among categories: HDF5Dataset, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (labels: [Int], names: [String]?) {
    let words: [String]
    if categories.kind == "s" {
      words = try categories.texts()
    } else {
      words = try categories.array().classes(categories.name, checkpoint).map(String.init)
    }
    let codes = try codes.array().integers(checkpoint)
    for (row, code) in codes.enumerated() {
      if code == -1 { throw lacks(row) }
      guard let code, words.indices.contains(code) else {
        throw Fault(
          .badFile,
          "\(file.path), \(path): row \(row) has category \(code.map(String.init) ?? "of no integer"), and there are \(words.count)"
        )
      }
    }
    return Rows.classes(of: codes.compactMap { $0 }, among: words)
  }

  private func lacks(_ row: Int) -> Fault {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return Fault(
      .badFile, "\(file.path), \(path): row \(row) has no value",
      hint: "save adata[adata.obs[\(JSON.string(name).excerpt)].notna()]")
  }
}
