import Files
import JSON

extension SafeTensors {
  /// Reads a file. Throws `badFile` with the byte and the broken rule.
  package init(
    contentsOf path: String, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    try self.init(parsing: File.read(path, checkpoint: checkpoint), path)
  }

  /// Parses the bytes of a file; `path` is used in messages.
  package init(parsing bytes: [UInt8], _ path: String) throws(Fault) {
    let index = try SafeTensorsIndex(bytes, size: bytes.count, path)
    for entry in index.entries where entry.dtype != "F32" {
      let label = "the tensor \(JSON.string(entry.name).excerpt)"
      throw File.bad(path, at: 8, "\(label) is of \(JSON.string(entry.dtype).line); F32 is read")
    }
    try Memory.require(bytes.count - index.begin, for: path)
    let entries = index.entries.map { entry in
      let values = bytes.values(
        Float.self, at: index.begin + entry.range.lowerBound, count: entry.range.count / 4)
      return Entry(entry.name, Tensor(entry.shape, values))
    }
    self.init(entries, metadata: index.metadata)
  }
}
