import Declarations
import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// The files of Tests/Fixtures/hdf5, whose make.py says what is in them.
@Suite(.enabled(if: HDF5File.isReadable, "no libhdf5")) struct HDF5Files {
  static let folder =
    "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/hdf5"
  static let names = [
    "0.7.h5ad", "columns.h5ad", "numbers.h5", "scanpy.h5ad", "sparse.h5", "today.h5ad",
  ]

  private func load(
    _ name: String, _ dataset: String? = nil, labels: String? = nil
  ) throws -> DataSet {
    let path = name.hasPrefix("/") ? name : "\(Self.folder)/\(name)"
    var members: [(String, JSON)] = [("type", "hdf5"), ("path", .string(path))]
    if let dataset { members.append(("dataset", .string(dataset))) }
    if let labels { members.append(("labels", .string(labels))) }
    return try DataSourcesTests.load(JSON.object(members.map { .init($0.0, $0.1) }).line)
  }

  static func dense(_ rows: Int, _ columns: Int) -> [Float] {
    (0..<rows * columns).map { Float((7 * ($0 / columns) + 3 * ($0 % columns)) % 11) }
  }

  static func sparse(_ rows: Int, _ columns: Int) -> [Float] {
    (0..<rows * columns).map { place in
      let (r, c) = (place / columns, place % columns)
      return (r + 2 * c) % 3 == 0 ? Float(r + c + 1) : 0
    }
  }

  @Test(arguments: [
    "<i1", ">i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "<u1", ">u1", "<u2", ">u2", "<u4",
    ">u4", "<u8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "enum", "f16", "u3", "i12",
  ])
  func everyTypeOfNumbers(name: String) throws {
    let data = try load("numbers.h5", "types/\(name)")
    #expect(gathered(data) == Self.dense(3, 4))
    #expect(data.shape == [4] && data.columns == nil)
    if name.hasSuffix("u1") {
      guard case .bytes = data.storage else {
        Issue.record("\(name) is not kept as bytes")
        return
      }
    }
  }

  @Test func truthValues() throws {
    #expect(
      gathered(try load("numbers.h5", "/types/b1/")) == Self.dense(3, 4).map { $0 > 5 ? 1 : 0 })
  }

  @Test(arguments: ["gzip", "checked", "scaled", "growing"])
  func everyLayout(name: String) throws {
    #expect(gathered(try load("numbers.h5", "layouts/\(name)")) == Self.dense(50, 7))
  }

  @Test func everyShape() throws {
    let cube = try load("numbers.h5", "layouts/cube")
    #expect(cube.shape == [2, 3] && gathered(cube) == Self.dense(12, 6))
    for name in ["line", "link"] {
      let line = try load("numbers.h5", "layouts/\(name)")
      #expect(line.shape == [1] && gathered(line) == Self.dense(5, 1))
    }
    #expect(
      gathered(try load("numbers.h5", "layouts/unwritten")) == [Float](repeating: 2.5, count: 8))
    #expect(gathered(try load("numbers.h5", "others/records/height")) == [2.5, 3.5])
    #expect(gathered(try load("numbers.h5", "others/records/n")) == [1, 2])
    #expect(try load("numbers.h5", "types/<f4", labels: "labels/three").labels == [2, 0, 2])
  }

  @Test func annDataOfToday() throws {
    let data = try load("today.h5ad", labels: "obs/kind")
    #expect(gathered(data) == Self.sparse(9, 6))
    guard case .sparse = data.storage else {
      Issue.record("X is dense")
      return
    }
    #expect(data.columns?.map(\.name) == (0..<6).map { "gene\($0)" })
    #expect(data.labels == [0, 1, 0, 0, 1, 0, 0, 1, 0])
    #expect(data.classNames == ["stem", "B cell", "unused"])
    let raw = try load("today.h5ad", "raw/X", labels: "kind")
    #expect(gathered(raw) == Self.sparse(9, 8) && raw.labels == data.labels)
    #expect(raw.columns?.first?.name == "raw0")
    #expect(gathered(try load("today.h5ad", "layers/counts")) == Self.sparse(9, 6))
    #expect(gathered(try load("sparse.h5", "columns")) == Self.sparse(9, 6))
    #expect(gathered(try load("sparse.h5", "unsorted")) == [2, 0, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0])
  }

  @Test func columnsOfAnnData() throws {
    let data = try load("columns.h5ad", labels: "cluster")
    #expect(data.labels == [10, 2, 2, 10, 2, 2, 10, 2, 2] && data.classNames == nil)
    #expect(gathered(data) == Self.dense(9, 2))
    #expect(data.columns == nil, "two columns have one name")
    #expect(try load("columns.h5ad", labels: "batch").labels == [3, 1, 3, 3, 1, 3, 3, 1, 3])
    #expect(try load("columns.h5ad", labels: "maybe").labels == [1, 2, 1, 1, 2, 1, 1, 2, 1])
    let words = try load("columns.h5ad", labels: "obs/words")
    #expect(words.labels == [8, 7, 6, 5, 4, 3, 2, 1, 0])
    #expect(words.classNames == (0..<9).map { "w\($0)" })
  }

  @Test func columnsBesideTheRows() throws {
    let columns = "\(Self.folder)/columns.h5ad"
    let data = try DataSet.load(
      .hdf5(path: columns), [], .by("batch"), weights: .column("obs/score"))
    #expect(data.splits.map(\.name) == ["fold-1", "without-fold-1", "fold-3", "without-fold-3"])
    #expect(data.split("fold-1")?.rows == [1, 4, 7])
    #expect(data.weights == [Float](repeating: 0.5, count: 9))
    let words = try DataSet.load(
      .hdf5(path: "\(Self.folder)/today.h5ad"), [],
      .by("kind", words: ["stem": .train, "B cell": .test]))
    #expect(words.splits.map(\.rows) == [[0, 2, 3, 5, 6, 8], [1, 4, 7]])
    let old = try DataSet.load(
      .hdf5(path: "\(Self.folder)/scanpy.h5ad"), [], nil, weights: .column("share"))
    #expect(old.weights == (0..<6).map { Float($0) / 2 })
    let missing = fault { _ = try DataSet.load(.hdf5(path: columns), [], .by("batches")) }
    #expect(missing?.path == "split.by" && missing?.hint?.contains("batch") == true)
    for name in ["words", "scores"] {
      let fault = fault {
        _ = try DataSet.load(.hdf5(path: columns), [], nil, weights: .column(name))
      }
      #expect(fault?.path == "weights", "\(fault as Any)")
    }
  }

  @Test func annDataOfEarlierVersions() throws {
    let data = try load("0.7.h5ad", labels: "kind")
    #expect(gathered(data) == Self.dense(6, 3))
    #expect(data.labels == [0, 1, 0, 1, 1, 0] && data.classNames == ["stem", "B cell"])
    #expect(data.columns?.map(\.name) == ["A", "B", "C"])
    #expect(try load("0.7.h5ad", labels: "obs/plain").classNames == nil)
    let scaled = try load("scanpy.h5ad", labels: "obs/louvain")
    #expect(gathered(scaled) == Self.dense(6, 3).map { $0 - 5 })
    #expect(scaled.labels == [0, 1, 0, 1, 0, 1] && scaled.columns?[1].name == "gene1")
    let raw = try load("scanpy.h5ad", "raw.X", labels: "n_counts")
    #expect(gathered(raw) == Self.sparse(6, 4) && raw.labels == [0, 10, 20, 30, 40, 50])
    #expect(raw.columns?.map(\.name) == (0..<4).map { "raw\($0)" })
    guard case .sparse = raw.storage else {
      Issue.record("raw.X is dense")
      return
    }
  }

  @Test(arguments: [
    ("numbers.h5", "types", "dataset", "is a group that holds <f2, <f4,", "\"types/<f2\""),
    (
      "numbers.h5", "typs/x", "dataset", "the file holds labels, layouts, others, types",
      "\"types\""
    ),
    ("numbers.h5", "layouts/gz", "dataset", "layouts holds checked, cube, growing, gzip,", ""),
    ("numbers.h5", "/", "dataset", "the file holds labels, layouts", "labels"),
    ("numbers.h5", "types/<f4/x/y", "dataset", "has no \"types/<f4/x/y\"", ""),
    ("numbers.h5", "layouts/scalar", "path", "expected", ""),
    ("numbers.h5", "layouts/none", "path", "is empty", "save an array"),
    ("numbers.h5", "layouts/no rows", "path", "", ""),
    ("numbers.h5", "others/words", "path", "holds strings", "numpy.unique"),
    ("numbers.h5", "others/fixed", "path", "holds strings", "numpy.unique"),
    (
      "numbers.h5", "others/records", "path", "records, whose members are n, height, name",
      "others/records/n"
    ),
    (
      "numbers.h5", "others/records/weight", "dataset", "others/records holds n, height, name",
      "height"
    ),
    ("numbers.h5", "others/references", "path", "holds references", "file[x[0]][:]"),
    ("numbers.h5", "others/lists", "path", "lists in each place", "numpy.stack"),
    ("numbers.h5", "others/opaque", "path", "no numbers", "astype"),
    ("numbers.h5", "others/lzf", "path", "compressed by lzf", "compression=\"gzip\""),
    ("numbers.h5", "others/elsewhere", "dataset", "a link to another file", "h5copy"),
    ("numbers.h5", "others/type", "dataset", "cannot be read", ""),
    ("numbers.h5", "others/outside", "path", "in other files", "h5repack"),
    ("numbers.h5", "others/virtual", "path", "in other files", "h5repack"),
    ("numbers.h5", "others/nan", "", "row 1 has nan at position 2", ""),
    ("numbers.h5", "others/large", "path", "row 1", "float32"),
    ("numbers.h5", "others/bomb", "path", "stands for 1099511627776 bytes", "sparse matrix"),
    ("numbers.h5", "others/chunk", "path", "stands for 536870912 bytes", "sparse matrix"),
    ("today.h5ad", "layers/spliced", "dataset", "layers holds counts", "counts"),
    ("today.h5ad", "obsm/inner", "dataset", "nothing is in obsm", ""),
    ("today.h5ad", "X/inner", "dataset", "X holds data, indices, indptr", "data"),
    ("today.h5ad", "obsm", "dataset", "is a group that holds nothing", ""),
    ("sparse.h5", "beyond", "path", "place 0 of indices has 4, which is not in 0 to 3", ""),
    ("sparse.h5", "negative", "path", "place 0 of indices has -1", ""),
    ("sparse.h5", "fractions", "path", "place 0 of indices has no integer", ""),
    ("sparse.h5", "twice", "path", "row 0 has position 3 twice", "sum_duplicates"),
    ("sparse.h5", "descends", "path", "indptr does not ascend from 0: place 2 has 1", ""),
    ("sparse.h5", "begins late", "path", "indptr does not ascend from 0: place 0 has 1", ""),
    ("sparse.h5", "ends early", "path", "indptr ends with 2", ""),
    ("sparse.h5", "short", "path", "indptr has [3] places for 3 rows", ""),
    ("sparse.h5", "no data", "path", "has no data", ""),
    ("sparse.h5", "words", "path", "holds strings", ""),
    ("sparse.h5", "infinite", "", "row 0 has inf at position 0", ""),
    ("sparse.h5", "vast", "path", "is too large for a matrix", "csr_matrix"),
    ("sparse.h5", "one extent", "path", "a shape of two extents", "csr_matrix"),
    ("sparse.h5", "empty", "path", "expected rows of numbers", ""),
  ])
  func refuses(file: String, dataset: String, member: String, message: String, hint: String) {
    let found = fault { _ = try load(file, dataset) }
    #expect(found?.path == (member.isEmpty ? "source" : "source.\(member)"), "\(found as Any)")
    #expect(found?.message.contains(message) == true, "\(found as Any)")
    let said = "\(found?.message ?? "") \(found?.hint ?? "")"
    #expect(hint.isEmpty || said.contains(hint), "\(found as Any)")
  }

  @Test(arguments: [
    ("columns.h5ad", "holes", "path", "row 1 has no value", "notna()"),
    ("columns.h5ad", "missing", "path", "row 1 has no value", "notna()"),
    ("columns.h5ad", "score", "labels", "expected whole numbers as labels", "row 0"),
    ("columns.h5ad", "clusters", "labels", "obs holds", "\"cluster\""),
    ("columns.h5ad", "obs", "labels", "is a group that holds", "batch"),
    ("scanpy.h5ad", "share", "labels", "expected whole numbers", "row 1"),
    ("scanpy.h5ad", "cluster", "labels", "obs holds index, louvain, n_counts, share", ""),
    ("scanpy.h5ad", "uns/other_categories", "labels", "expected a label for each of 6 rows", ""),
  ])
  func refusesLabels(file: String, name: String, member: String, message: String, hint: String) {
    let found = fault { _ = try load(file, "X", labels: name) }
    #expect(found?.path == "source.\(member)", "\(found as Any)")
    let said = "\(found?.message ?? "") \(found?.hint ?? "")"
    #expect(said.contains(message) && said.contains(hint), "\(found as Any)")
  }

  @Test func aFileWithoutAMatrixSaysWhatItHolds() {
    let found = fault { _ = try load("numbers.h5") }
    #expect(found?.message.contains("holds labels, layouts, others, types") == true)
    #expect(found?.path == "source.dataset")
  }

  @Test func whatIsNoHDF5FileIsRefused() throws {
    let scratch = Folder()
    let path = try scratch.write("x.h5", Array("no such file, of several bytes".utf8))
    #expect(fault { _ = try load(path) }?.message.contains("begins with \\x89HDF") == true)
    #expect(fault { _ = try load(scratch("none.h5")) }?.kind == .io)
    mkfifo(scratch("pipe.h5"), 0o600)
    #expect(fault { _ = try load(scratch("pipe.h5")) }?.message.contains("named pipe") == true)
    let whole = try File.read("\(Self.folder)/today.h5ad")
    for length in [0, 7, 8, 100, 2047, whole.count / 2, whole.count - 1] {
      try scratch.write("x.h5", Array(whole[..<length]))
      let found = fault { _ = try load(path) }
      #expect(found?.kind == .badFile, "\(length): \(found as Any)")
      #expect(found?.path == "source.path")
    }
  }

  /// Places in the file are counted behind a block of the user's.
  @Test func aFileBehindABlockOfTheUsers() throws {
    let scratch = Folder()
    let whole = try File.read("\(Self.folder)/numbers.h5")
    let path = try scratch.write("x.h5", [UInt8](repeating: 7, count: 1024) + whole)
    for name in ["types/<f4", "types/<u1", "types/f16"] {
      #expect(gathered(try load(path, name)) == Self.dense(3, 4))
    }
    #expect(gathered(try load(path, "layouts/gzip")) == Self.dense(50, 7))
  }

  /// What a child reads does not reach files outside, whatever a dataset names.
  @Test func aDatasetElsewhereIsNotReached() throws {
    let scratch = Folder()
    let path = scratch("numbers.h5")
    try scratch.write("numbers.h5", try File.read("\(Self.folder)/numbers.h5"))
    try scratch.write("numbers.raw", [UInt8](repeating: 1, count: 96))
    try scratch.write("other.h5", try File.read("\(Self.folder)/numbers.h5"))
    for name in ["outside", "virtual", "elsewhere"] {
      #expect(fault { _ = try load(path, "others/\(name)") } != nil, "\(name)")
    }
  }

  @Test func aCancelEndsTheProcess() throws {
    var source = HDF5Source()
    source.path = "\(Self.folder)/today.h5ad"
    for most in [0, 1, 5, 20] {
      var calls = 0
      let found = fault {
        _ = try source.load { () throws(Fault) in
          calls += 1
          if calls > most { throw Fault(.cancelled, "cancelled") }
        }
      }
      #expect(found?.kind == .cancelled)
    }
  }

  /// Damaged files are loaded or refused; libhdf5 may crash, but only in its own process.
  @Test func damagedFilesAreLoadedOrRefused() throws {
    let scratch = Folder()
    var state: UInt64 = 88_172_645_463_325_252
    func random(_ below: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(below))
    }
    var refused = 0
    let cases: [(String, String, String?)] = [
      ("numbers.h5", "layouts/gzip", nil), ("numbers.h5", "types/>f4", "labels/three"),
      ("today.h5ad", "X", "kind"), ("columns.h5ad", "X", "words"),
      ("scanpy.h5ad", "raw.X", "louvain"),
      ("0.7.h5ad", "X", "kind"), ("sparse.h5", "columns", nil),
    ]
    for turn in 0..<210 {
      let (name, dataset, labels) = cases[turn % cases.count]
      var bytes = try File.read("\(Self.folder)/\(name)")
      for _ in 0...random(8) {
        let place = random(2) == 0 ? random(min(bytes.count, 4096)) : random(bytes.count)
        bytes[place] = [0, 0xFF, 0x80, UInt8(random(256))][random(4)]
      }
      let path = try scratch.write("x.h5", bytes)
      let found = fault { _ = try load(path, dataset, labels: labels) }
      if let found {
        refused += 1
        #expect(found.path.hasPrefix("source"), "\(turn): \(found)")
      }
    }
    #expect((20...200).contains(refused), "\(refused)")
  }
}
