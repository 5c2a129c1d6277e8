import Declarations
import Files
import JSON
import Tensors

/// Rows of an HDF5 file.
public struct HDF5Source: TableSource {
  public static let type = "hdf5"
  public static let summary =
    "Rows of an HDF5 file (libhdf5): a dataset of numbers, or a matrix of AnnData (.h5ad), dense or sparse. Sparse rows stay sparse in memory; data above 64 MiB stay in their file if they lie together there."

  public var path = "cells.h5ad"
  public var dataset: String?
  public var labels: String?

  public init() {}

  /// Whether libhdf5 can be loaded here.
  package static var isInstalled: Bool { HDF5File.isReadable }

  public static let examples: [HDF5Source] = {
    var counts = HDF5Source()
    (counts.dataset, counts.labels) = ("layers/counts", "obs/cell_type")
    return [HDF5Source(), counts]
  }()

  public static let fields: [Field<HDF5Source>] = [
    Field("path", \.path, "The file.", required: true),
    Field(
      "dataset", \.dataset,
      "The path in the file of a dataset of shape [rows, …], or of a sparse matrix: X, layers/counts, raw/X, raw.X; if left out, X, or the only dataset."
    ),
    Field(
      "labels", \.labels,
      "The path in the file of the class of each row, as obs/cell_type: whole numbers, words, or a column of categories."
    ),
  ]

  public func load(
    aside: AsideColumns, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    try withoutActuallyEscaping(checkpoint) { (checkpoint) throws(Fault) in
      let file = try within("path") { () throws(Fault) in try HDF5File(path, checkpoint) }
      let place = try Self.on("dataset") { () throws(Fault) in
        if let dataset { dataset.trimmed } else { try Self.only(in: file) }
      }
      let (storage, shape) = try Self.on("dataset") { () throws(Fault) in
        try Self.rows(place, in: file, checkpoint)
      }
      let classes = try labels.map { (name) throws(Fault) in
        try Self.on("labels") { () throws(Fault) in
          try Self.column(name.trimmed, in: file).classes(checkpoint)
        }
      }
      let words = try aside.split.map { (name) throws(Fault) in
        try Self.on("by") { () throws(Fault) in
          try Self.column(name.trimmed, in: file).words(checkpoint)
        }
      }
      let weights = try aside.weights.map { (name) throws(Fault) in
        try Self.on("weights") { () throws(Fault) in
          try Self.column(name.trimmed, in: file).numbers(checkpoint)
        }
      }
      let names = try within("path") { () throws(Fault) in
        shape.extents.count == 1 ? try Self.names(of: place, shape.count, in: file) : nil
      }
      try checkpoint()
      var rows = try Rows(storage, shape, labels: classes?.labels)
      rows.classNames = classes?.names
      (rows.aside, rows.weights) = (words, weights)
      rows.columns = names?.map { TableColumn(name: $0, categories: nil, missing: 0) }
      return rows
    }
  }

  /// Runs `body`: what is wrong with a name is a fault of its member, all else one of the file.
  private static func on<T>(
    _ member: String, _ body: () throws(Fault) -> T
  ) throws(Fault) -> T {
    do { return try body() } catch { throw error.within(error.kind == .params ? member : "path") }
  }

  private static func rows(
    _ place: String, in file: HDF5File, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (Storage, Shape) {
    switch try file.find(place) {
    case .dataset(let dataset): return try dataset.rows(checkpoint)
    case .group:
      if let matrix = try HDF5Matrix(place, in: file) { return try matrix.rows(checkpoint) }
      let names = try file.names(in: place)
      throw Fault(
        .params, "\(file.path), \(place): is a group that holds \(listed(names))",
        expected: "a dataset, or a sparse matrix", got: "a group",
        hint: names.first.map { "name one of them, as \(JSON.string("\(place)/\($0)").line)" })
    case .nothing, .other: throw try missing(place, in: file)
    }
  }

  /// Returns the column that a name stands for: a path, or a column of AnnData's `obs`.
  private static func column(_ name: String, in file: HDF5File) throws(Fault) -> HDF5Column {
    for place in [name, "obs/\(name)"] {
      switch try file.find(place) {
      case .dataset, .group: return HDF5Column(place, in: file)
      case .nothing, .other: continue
      }
    }
    if !name.contains("/"), case .nothing = try file.look("obs") {
      throw try missing(name, in: file)
    }
    throw try missing(name.contains("/") ? name : "obs/\(name)", in: file)
  }

  /// Returns the fault of a path at which there is nothing, with what is in the nearest group.
  private static func missing(_ place: String, in file: HDF5File) throws(Fault) -> Fault {
    var parts = place.split(separator: "/").map(String.init)
    var name = parts.popLast() ?? place
    var group = parts.joined(separator: "/")
    while !parts.isEmpty, case .nothing = try file.find(group) {
      name = parts.removeLast()
      group = parts.joined(separator: "/")
    }
    let names = try file.names(in: group.isEmpty ? "/" : group)
    let there =
      names.isEmpty && !group.isEmpty
      ? "nothing is in \(group)" : "\(group.isEmpty ? "the file" : group) holds \(listed(names))"
    guard !names.contains(name) else {
      return Fault(
        .params, "\(file.path), \(place): cannot be read: it is damaged, or a link to another file",
        expected: "a dataset in this file", got: JSON.string(place).excerpt,
        hint: "copy it into this file with h5copy")
    }
    return Fault(
      .params, "\(file.path) has no \(JSON.string(place).excerpt): \(there)",
      expected: names.isEmpty ? "a path in the file" : "one of \(listed(names))",
      got: JSON.string(place).excerpt, hint: suggestion(for: name, among: names) ?? there)
  }

  /// Returns the path of AnnData's matrix, or of the only dataset of numbers.
  private static func only(in file: HDF5File) throws(Fault) -> String {
    let names = try file.names(in: "/")
    if names.contains("X") { return "X" }
    var datasets: [String] = []
    for name in names {
      guard case .dataset(let dataset) = try file.look(name) else { continue }
      if dataset.holdsNumbers { datasets.append(name) }
    }
    guard let only = datasets.first, datasets.count == 1 else {
      throw Fault(
        .params, "\(file.path) holds \(listed(names))",
        expected: "the path of a dataset", got: "nothing",
        hint: "name a dataset: \(listed(datasets.isEmpty ? names : datasets))")
    }
    return only
  }

  /// Returns the names of the columns of AnnData's matrices, which are in `var`; nil if there are
  /// none, or two are the same.
  private static func names(
    of place: String, _ width: Int, in file: HDF5File
  ) throws(Fault) -> [String]? {
    let table: String
    switch place.split(separator: "/").first {
    case "X", "layers": table = "var"
    case "raw": table = "raw/var"
    case "raw.X": table = "raw.var"
    default: return nil
    }
    let index: String
    switch try file.look(table) {
    case .group: index = try file.text(of: "_index", at: table) ?? "_index"
    case .dataset: index = "index"
    case .nothing, .other: return nil
    }
    guard case .dataset(let dataset) = try file.find("\(table)/\(index)"), dataset.kind == "s",
      dataset.extents == [width]
    else { return nil }
    let names = try dataset.texts()
    return Set(names).count == width ? names : nil
  }
}

extension String {
  /// The path without slashes around it.
  fileprivate var trimmed: String { split(separator: "/").joined(separator: "/") }
}

extension Choice<SourceKind> {
  /// Rows of an HDF5 file: the dataset or the sparse matrix at a path, by default AnnData's `X`.
  /// `labels` is the path of the class of each row.
  public static func hdf5(path: String, dataset: String? = nil, labels: String? = nil) -> Self {
    var module = HDF5Source()
    module.path = path
    module.dataset = dataset
    module.labels = labels
    return Choice(module) { $0 }
  }
}
