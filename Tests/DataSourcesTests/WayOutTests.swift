import Declarations
import Files
import JSON
import TestSupport
import Testing

@testable import DataSources

/// Messages about files that are read in another way than they were written.
@Suite struct WaysOut {
  private let folder = Folder()

  private func hint(_ source: Choice<SourceKind>) -> String {
    fault { _ = try DataSet.load(source) }?.hint ?? ""
  }

  @Test func anArchiveReadAsAnArray() throws {
    try folder.write("x.npz", Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 40))
    #expect(hint(.npy(path: folder("x.npz"))).contains("\"npz\""))
    try folder.write("x.npy", Array("hello, this is no array".utf8))
    #expect(hint(.npy(path: folder("x.npy"))).contains("numpy.save"))
  }

  /// What is read as another format is named, and the source that reads it.
  @Test(arguments: [
    (Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }), "\"npy\""),
    ([0x50, 0x4B, 3, 4], "\"npz\""),
    ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "\"hdf5\""),
    (Array("SQLite format 3\0".utf8), "\"sqlite\""), ([0x89, 0x50, 0x4E, 0x47], "\"pictures\""),
    (Array("PAR1".utf8), "read_parquet"), ([0x80, 4, 0x95], "pickle"),
    ([0xD0, 0xCF, 0x11, 0xE0], "save the table as CSV"),
  ])
  func filesOfOtherFormats(beginning: [UInt8], words: String) throws {
    try folder.write("x", beginning + (0..<200).map { $0 % 7 == 0 ? 0xFF : 13 })
    let path = folder("x")
    let sources: [Choice<SourceKind>] = [
      .csv(path: path), .hdf5(path: path), .idx(images: path), .npy(path: path),
      .npz(path: path), .sqlite(path: path, query: "SELECT 1"),
    ]
    for source in sources where "\"\(source.typeName)\"" != words {
      if source.typeName == "hdf5", !HDF5Source.isInstalled { continue }
      #expect(hint(source).contains(words), "\(source.typeName)")
    }
  }

  @Test func datesAndWordsWithoutEnd() throws {
    let path = folder("t.csv")
    for date in ["2026-11-30", "30.11.26", "1/2/2026 10:00"] {
      try folder.write("t.csv", Array("a\n\(date)\n".utf8))
      #expect(hint(.csv(path: path)).contains("a date goes as a number"), "\(date)")
    }
    try folder.write("t.csv", Array("a\n10-20-x\n".utf8))
    #expect(!hint(.csv(path: path)).contains("date"))
    try folder.write("t.csv", Array(("a\n" + (0...65_536).map { "w\($0)\n" }.joined()).utf8))
    #expect(hint(.csv(path: path, categories: ["a": []])).contains("join rare words"))
  }

  @Test func theOnlyTensorNeedsNoName() throws {
    let one = #"{"x":{"dtype":"U8","shape":[2,1],"data_offsets":[0,2]}}"#
    let two = """
      {"x":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]},\
      "y":{"dtype":"U8","shape":[1,1],"data_offsets":[1,2]}}
      """
    for (header, count) in [(one, 2), (two, nil)] {
      let length = [UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7)
      try folder.write("x.safetensors", length + Array(header.utf8) + [3, 4])
      let source = Choice<SourceKind>.safetensors(path: folder("x.safetensors"))
      if let count {
        #expect(try DataSet.load(source).count == count)
      } else {
        #expect(hint(source) == "known: x, y")
      }
    }
  }

  @Test func tablesReadInAnotherWay() throws {
    let path = folder("t.csv")
    try folder.write("t.csv", Array("a,b\n1,red\n1e300,blue\n".utf8))
    #expect(hint(.csv(path: path, header: false)).contains("\"header\""))
    #expect(hint(.csv(path: path, columns: ["b"])).contains("\"categories\": {\"b\": []}"))
    let large = hint(.csv(path: path, columns: ["a"]))
    #expect(large.contains("logarithm") && large.contains("\"marks\""))
    let words = hint(.csv(path: path, columns: ["b"], categories: ["b": ["red", "green"]]))
    #expect(words.contains("\"categories\""))
    #expect(
      hint(.csv(path: path, columns: ["b"], categories: ["b": ["rod", "blue"]]))
        == "did you mean \"rod\"?")
  }

  @Test func aListOfMarksTakesThePlaceOfTheDefaults() throws {
    try folder.write("t.csv", Array("a\n1\nNA\n-\n".utf8))
    let path = folder("t.csv")
    #expect(fault { _ = try DataSet.load(.csv(path: path, missing: .drop, marks: ["-"])) } != nil)
    let set = try DataSet.load(.csv(path: path, missing: .drop, marks: ["-", "NA"]))
    #expect(set.count == 1)
  }

  @Test func wholeNumbersThatFloat32RoundsAreCounted() throws {
    try folder.write("t.csv", Array("a,b\n16777217,1\n16777216,2\n3.5,0.1\n".utf8))
    let set = try DataSet.load(.csv(path: folder("t.csv")))
    #expect(set.columns?.map(\.rounded) == [1, 0])
  }

  @Test func aProfileOfColumns() throws {
    let text = "a,b,c\n" + (0..<500).map { "\($0),\($0 % 2),\(Double($0) / 3)\n" }.joined()
    try folder.write("t.csv", Array(text.utf8))
    let profile = try DataProfile(of: try DataSet.load(.csv(path: folder("t.csv"))))
    let (a, b, c) = (profile.columns[0], profile.columns[1], profile.columns[2])
    #expect(a.countsRows && a.areCounts && !a.isBinary && a.different == nil)
    #expect(b.isBinary && b.zeros == 250 && b.mean == 0.5 && b.deviation == 0.5)
    #expect(b.different == [0, 1] && b.leastFrequent == 250 && !b.countsRows)
    #expect(!c.areWhole && c.minimum == 0 && abs(c.maximum - 499 / 3) < 1e-3)
    #expect(profile.isTable && profile.examined == 500 && profile.extent == "")
  }

  /// Numbers of rows begin anywhere; of numbers so large that float32 leaves whole ones out, a
  /// constant does not count rows.
  @Test(arguments: [(1000, 1, true), (1000, 0, false), (1e30, 0, false), (-7, 1, false)])
  func numbersOfRows(start: Float, step: Float, countsRows: Bool) throws {
    let rows = try Rows(.floats((0..<200).map { start + step * Float($0) }), [1])
    let set = try DataSet(rows)
    #expect(try DataProfile(of: set).columns[0].countsRows == countsRows)
    let notes = try set.notes(from: "array")
    #expect(notes.contains { $0.contains("counts the rows from 1000,") } == countsRows)
  }

  @Test func ofManyRowsSomeAreExamined() throws {
    let set = try DataSet(try Rows(.floats((0..<250_000).map { Float($0) }), [1]))
    let profile = try DataProfile(of: set)
    #expect(profile.examined == 100_000 && profile.columns[0].countsRows)
    #expect(profile.extent == " (in 100000 of 250000 rows, evenly chosen)")
    #expect(profile.columns[0].maximum > 249_990)
    #expect(try DataProfile(of: set, ofAllRows: true).examined == 250_000)
  }
}
