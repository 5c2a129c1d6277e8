import JSON

/// What to write where a source is wanted and something else came.
enum SourceAdvice {
  /// Returns a hint for a text, which may be a path or the name of a data set, or for a list of
  /// rows; nil for all others.
  static func hint(for json: JSON) -> String? {
    guard json.elements == nil else {
      return "rows in the request are {\"type\": \"array\", \"values\": [[0, 1], [1, 0]]}"
    }
    guard let text = json.text else { return nil }
    let name = text.lowercased()
    let path = JSON.string(text).excerpt
    if let format = formats.first(where: { format in
      format.endings.contains { name.hasSuffix($0) || name.hasSuffix($0 + ".gz") }
    }) {
      return "write {\"type\": \"\(format.type)\", \"\(format.member)\": \(path)\(format.more)}"
    }
    if name.includes("mnist") {
      return
        "nothing is downloaded: {\"type\": \"idx\", \"images\": \"train-images-idx3-ubyte.gz\", \"labels\": \"train-labels-idx1-ubyte.gz\"} reads the files of MNIST, and {\"type\": \"strokes\", \"count\": 10000} draws digits like its own"
    }
    return
      "data come from a file, as {\"type\": \"npy\", \"path\": \"rows.npy\"}, or from the request, as {\"type\": \"array\", \"values\": [[0, 1], [1, 0]]}"
  }

  private static let formats: [(endings: [String], type: String, member: String, more: String)] = [
    ([".csv", ".tsv", ".tab", ".txt"], "csv", "path", ""),
    ([".h5ad", ".h5", ".hdf5"], "hdf5", "path", ""),
    (["-ubyte", ".idx"], "idx", "images", ""), ([".npy"], "npy", "path", ""),
    ([".npz"], "npz", "path", ""),
    ([".db", ".sqlite", ".sqlite3"], "sqlite", "path", ", \"query\": \"SELECT …\""),
    ([".safetensors"], "safetensors", "path", ""),
  ]
}
