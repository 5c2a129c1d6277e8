/// Formats of data by their first bytes: what to do with a file that is read as another one.
package enum ForeignFormat {
  private static let known: [(beginning: [UInt8], advice: String)] = [
    ([0x93] + Array("NUMPY".utf8), "this is an array of NumPy: source \"npy\" reads it"),
    (
      Array("PK\u{3}\u{4}".utf8),
      "this is an archive: source \"npz\" reads one of numpy.savez, with \"key\" for one of its arrays; save a table of Excel as CSV"
    ),
    ([0x1F, 0x8B], "this is compressed by gzip: unpack it, or read an IDX or CSV file as it is"),
    (
      [0x89, 0x48, 0x44, 0x46],
      "this is HDF5: source \"hdf5\" reads it, with \"dataset\" for a path in it"
    ),
    (
      Array("SQLite format 3".utf8), "this is a database: source \"sqlite\" reads it by a \"query\""
    ),
    ([0x89, 0x50, 0x4E, 0x47], "this is a picture: source \"pictures\" reads a folder of them"),
    ([0xFF, 0xD8, 0xFF], "this is a picture: source \"pictures\" reads a folder of them"),
    (
      Array("PAR1".utf8),
      "this is a table of Parquet: save it with pandas.read_parquet(path).to_csv(…, index=False)"
    ),
    ([0xD0, 0xCF, 0x11, 0xE0], "this is a document of Office: save the table as CSV"),
    ([0x80, 0x02], pickle), ([0x80, 0x03], pickle), ([0x80, 0x04], pickle), ([0x80, 0x05], pickle),
  ]

  private static let pickle = "this is a pickle of Python: save the array with numpy.save"

  /// Returns the way out for a file that begins with these bytes; nil if none is known.
  package static func advice(for beginning: some Collection<UInt8>) -> String? {
    known.first { beginning.starts(with: $0.beginning) }?.advice
  }
}
