import Declarations
import Files
import JSON
import Tensors

/// Rows of an array in an archive of NumPy.
package struct NPZSource: Source {
  package static let type = "npz"
  package static let summary =
    "Rows of an array in an archive of NumPy (numpy.savez, numpy.savez_compressed); the first extent is their number. Data above 64 MiB stay in their file, unless they are compressed or in Fortran's order."

  package var path = "rows.npz"
  package var key: String?
  package var labels: String?

  package init() {}

  package static let examples: [NPZSource] = {
    var named = NPZSource()
    (named.path, named.key, named.labels) = ("mnist.npz", "x_train", "y_train")
    return [NPZSource(), named]
  }()

  package static let fields: [Field<NPZSource>] = [
    Field("path", \.path, "The file.", required: true),
    Field(
      "key", \.key,
      "The name of the array of the rows, of shape [rows, …]; the only array if left out."),
    Field("labels", \.labels, "The name of the array with the class of each row."),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let archive = try within("path") { () throws(Fault) in
      try ZipFile(try OpenFile(path))
    }
    let array = try find(key, in: archive, "key")
    let (storage, shape) = try within("path") { () throws(Fault) in
      try array.rows(checkpoint)
    }
    let classes = try labels.map { (name) throws(Fault) in
      let array = try find(name, in: archive, "labels")
      return try within("labels") { () throws(Fault) in try array.classes(name, checkpoint) }
    }
    try checkpoint()
    return try Rows(storage, shape, labels: classes)
  }

  /// Returns the array `name`, or the only one.
  private func find(
    _ name: String?, in archive: ZipFile, _ member: String
  ) throws(Fault) -> NPZArray {
    let arrays = archive.members.filter { $0.name.hasSuffix(".npy") }
    let names = arrays.map { String($0.name.dropLast(4)) }
    // The last of two with one name, as in Python.
    let index =
      if let name { names.lastIndex(of: name) } else { names.count == 1 ? 0 : Int?.none }
    guard let index else {
      let list = names.prefix(16).joined(separator: ", ") + (names.count > 16 ? ", …" : "")
      let what = name.map { "no array \(JSON.string($0).excerpt)" } ?? "\(names.count) arrays"
      throw Fault(
        .params, "\(path) holds \(what)", path: member,
        expected: names.isEmpty ? "an archive with arrays" : "one of \(list)",
        got: name.map { JSON.string($0).excerpt } ?? "nothing",
        hint: name.flatMap { suggestion(for: $0, among: names) }
          ?? (names.isEmpty ? "write it with numpy.savez" : "the arrays are \(list)"))
    }
    return try within("path") { () throws(Fault) in try NPZArray(archive, arrays[index]) }
  }
}

/// An array in an archive, whose header is read.
private struct NPZArray {
  private let archive: ZipFile
  private let member: ZipFile.Member
  private let header: NPYHeader

  init(_ archive: ZipFile, _ member: ZipFile.Member) throws(Fault) {
    self.archive = archive
    self.member = member
    let contents = try archive.contents(member)
    let head = try contents.read(min(contents.size, NPYHeader.most))
    header = try NPYHeader(head, size: contents.size, contents.name)
    try header.checkSize(contents.size, contents.name)
  }

  func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> (Storage, Shape) {
    let contents = try archive.contents(member)
    if !contents.isCompressed, header.shape.count * header.layout.element.width > StoredRows.least {
      try contents.checkAll(checkpoint)
      let offset = contents.range.lowerBound + header.end
      return try StoredArray(contents.file, offset: offset, header.layout, header.shape)
        .rows(checkpoint)
    }
    return try numbers(of: contents).rows(checkpoint)
  }

  func classes(
    _ name: String, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [Int] {
    try numbers(of: try archive.contents(member)).classes(name, checkpoint)
  }

  /// Returns the array behind the header.
  private func numbers(of contents: ZipMember) throws(Fault) -> StreamedArray {
    _ = try contents.read(header.end)
    return StreamedArray(stream: contents, layout: header.layout, shape: header.shape)
  }
}

extension Choice<SourceKind> {
  /// Rows of an array in an archive of NumPy; the first extent counts them. `key` may be left out
  /// if there is one array alone.
  public static func npz(path: String, key: String? = nil, labels: String? = nil) -> Self {
    var module = NPZSource()
    module.path = path
    module.key = key
    module.labels = labels
    return Choice(module) { $0 }
  }
}
