import DataSources
import Files
import Glibc
import JSON

/// The params of `data.load` for a file or folder, whose format is told by its name.
struct DataFile {
  /// The whole path.
  let path: String
  let params: JSON
  /// Whether the rows are for a model, which has columns of its own.
  private let hasModel: Bool

  /// A model's `columns` and `words`, as `model.load` answers them, choose those of a table.
  init(
    _ given: String, _ options: Options, for model: JSON = .null
  ) throws(Requests.Refusal) {
    guard let whole = realpath(given, nil) else {
      throw Requests.Refusal(
        "\(given): \(systemMessage())", hint: "give a file of rows, or a folder of pictures")
    }
    defer { free(whole) }
    path = String(cString: whole)
    var source = try Self.source(path, options)
    if source["type"] == "csv" {
      for (option, member) in [(Option.columns, "columns"), (.words, "words")]
      where options.has(option.name) && model[member] != nil {
        throw Requests.Refusal(
          "--\(option.name): the model's own columns are read, \(Self.names(model["columns"]))",
          hint: "leave --\(option.name) out")
      }
      if model == .null { source = source.with(["detectWords": true]) }
      for word in options.all(Option.words.name) {
        source = source.with([
          "categories": (source["categories"] ?? [:]).with(.object([JSON.Member(word, [])]))
        ])
      }
      if let names = options[Option.columns.name] {
        source = source.with([
          "columns": .array(names.split(separator: ",").map { .string(String($0)) })
        ])
      }
      if let index = options[Option.index.name] { source = source.with(["index": .string(index)]) }
      for option in Option.dialect {
        if let value = options[option.name] {
          source = source.with(.object([JSON.Member(option.name, .string(value))]))
        }
      }
      let marks = options.all(Option.mark.name)
      if !marks.isEmpty {
        // With those that are meant where none is named.
        let all = CSVSource.usualMarks + marks
        source = source.with(["marks": .array(all.map { .string($0) })])
      }
      if let columns = model["columns"] { source = source.with(["columns": columns]) }
      if let words = model["words"] { source = source.with(["categories": words]) }
    } else if let option = Option.csv.first(where: { options.has($0.name) }) {
      throw Requests.Refusal("--\(option.name) is for csv, and \(given) is none")
    }
    var params: JSON = ["name": "data", "source": source]
    if let text = options[Option.binarize.name] {
      guard let level = Double(text), level.isFinite else {
        throw Requests.Refusal("--binarize: expected a number, got \(text)")
      }
      params = params.with(["transforms": [["type": "binarize", "threshold": .real(level)]]])
    }
    self.params = params
    hasModel = model != .null
  }

  /// The options that say how the file is written, for a shell: other files of its kind need them.
  var dialect: String {
    let source = params["source"]
    let marks = (source?["marks"]?.elements ?? []).compactMap(\.text)
    let options =
      Option.dialect.compactMap { option in source?[option.name]?.text.map { (option, $0) } }
      + marks.filter { !CSVSource.usualMarks.contains($0) }.map { (Option.mark, $0) }
    return options.map { " --\($0.0.name) \"\($0.1)\"" }.joined()
  }

  /// The places in the file of the rows that were loaded.
  static func places(_ data: JSON) -> [Int] {
    let dropped = Set((data["dropped"]?.numbers ?? []).map { Int($0) })
    return (0..<rows(data)).filter { !dropped.contains($0) }
  }

  /// Returns the number of rows of the file, with those that were left out.
  static func rows(_ data: JSON) -> Int {
    Int(data["count"]?.double ?? 0) + (data["dropped"]?.numbers.count ?? 0)
  }

  /// A sentence about the rows that were not loaded; nil if all were.
  static func leftOut(_ data: JSON) -> String? {
    guard let dropped = data["dropped"]?.numbers, !dropped.isEmpty else { return nil }
    let first = dropped.prefix(8).map { "\(Int($0))" }.joined(separator: ", ")
    let more = dropped.count > 8 ? ", …" : ""
    return
      "\(dropped.count) of \(rows(data)) rows have a missing value and "
      + "are left out: \(first)\(more), counted from 0"
  }

  private static func names(_ columns: JSON?) -> String {
    let names = columns?.elements?.compactMap { $0.text ?? $0["name"]?.text } ?? []
    return names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
  }

  private static func source(_ path: String, _ options: Options) throws(Requests.Refusal) -> JSON {
    var name = path.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    let isPacked = name.count != path.count
    let (file, label) = (JSON.string(path), options[Option.label.name])
    let key = options[Option.key.name]
    func labelled(_ source: JSON, _ member: String) -> JSON {
      label.map { source.with(.object([JSON.Member(member, .string($0))])) } ?? source
    }
    func isEnding(_ endings: String...) -> Bool { endings.contains(where: name.hasSuffix) }
    let isFolder = File.isFolder(path, in: .none)
    let isHDF5 = isEnding(".h5ad", ".h5", ".hdf5", ".he5")
    if key != nil, isFolder || !isHDF5 && !isEnding(".npz", ".safetensors") {
      throw Requests.Refusal("--key is for npz, safetensors and hdf5, and \(path) is none of them")
    }
    if isFolder { return labelled(["type": "pictures", "path": file], "labels") }
    if isEnding(".csv", ".tsv", ".tab", ".txt") {
      return labelled(["type": "csv", "path": file], "label")
    }
    let base = name.split(separator: "/").last.map(String.init) ?? name
    if isEnding("-ubyte", ".idx") || base.includes("idx") {
      let source: JSON = ["type": "idx", "images": file]
      return try label.map { (label) throws(Requests.Refusal) in
        source.with(["labels": .string(try absolute(label))])
      } ?? source
    }
    if isPacked {
      throw Requests.Refusal(
        "\(path): only csv and idx files are read from gzip", hint: "unpack it with gunzip")
    }
    if isEnding(".npy") {
      let source: JSON = ["type": "npy", "path": file]
      return try label.map { (label) throws(Requests.Refusal) in
        source.with(["labels": .string(try absolute(label))])
      } ?? source
    }
    let named = key.map { JSON.string($0) }
    if isEnding(".npz") {
      let source: JSON = ["type": "npz", "path": file]
      return labelled(named.map { source.with(["key": $0]) } ?? source, "labels")
    }
    if isEnding(".safetensors") {
      return labelled(
        ["type": "safetensors", "path": file, "tensor": named ?? "rows"], "labels")
    }
    if isHDF5 {
      let source: JSON = ["type": "hdf5", "path": file]
      return labelled(named.map { source.with(["dataset": $0]) } ?? source, "labels")
    }
    throw Requests.Refusal(
      "\(path): no format is known by this name",
      hint:
        "a name ends in .csv, .tsv, .npy, .npz, .safetensors, .h5ad, .h5, .idx or -ubyte, or is that of a folder of pictures"
    )
  }

  private static func absolute(_ path: String) throws(Requests.Refusal) -> String {
    guard let whole = realpath(path, nil) else {
      throw Requests.Refusal("--label \(path): \(systemMessage())")
    }
    defer { free(whole) }
    return String(cString: whole)
  }

  /// Loads the rows; `more` are further params.
  func load(_ requests: Requests, _ more: JSON = [:]) throws(Requests.Refusal) -> JSON {
    try ask("data.load", params.with(more), requests)
  }

  /// Makes a request about the rows. A refusal names the options of the command line.
  func ask(
    _ method: String, _ params: JSON, _ requests: Requests
  ) throws(Requests.Refusal) -> JSON {
    do throws(Requests.Refusal) { return try requests.ask(method, params) } catch {
      var hint = error.hint
      let options = [
        ("\"delimiter\"", "--delimiter CHARACTER"), ("\"decimal\"", "--decimal CHARACTER"),
        ("\"thousands\"", "--thousands CHARACTER"), ("\"marks\"", "--mark WORD"),
        ("\"categories\"", "--words NAME for a column of words, --label NAME for the classes"),
        ("\"missing\"", "--missing drop, or --missing mean"), ("\"key\"", "--key NAME"),
        ("the arrays are", "--key NAME"), ("name a dataset", "--key NAME"),
        (
          "leave the column out", "--index NAME leaves one out, --columns A,B,… names those to take"
        ),
      ]
      let isOfModel = hasModel && error.hint?.includes("\"categories\"") == true
      if !isOfModel, let option = options.first(where: { hint?.includes($0.0) == true }) {
        hint = "\(hint ?? "")\n  on this command line: \(option.1)"
      }
      throw Requests.Refusal(error.message, hint: hint)
    }
  }
}
