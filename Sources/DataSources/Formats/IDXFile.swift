import Files
import JSON
import Tensors

/// An array of bytes in an IDX file (yann.lecun.com/exdb/mnist): two zeros, the type, the rank, the
/// extents in big-endian order, and the values.
struct IDXFile {
  let extents: [Int]
  let storage: Storage

  /// The values, if they are in memory.
  var values: [UInt8] { if case .bytes(let values) = storage { values } else { [] } }

  /// Reads a file of unsigned bytes; values of an uncompressed file that take more than `least`
  /// bytes stay in the file. Throws `badFile` with the byte and the rule; offsets are those of the
  /// uncompressed file.
  init(
    contentsOf path: String, rank ranks: ClosedRange<Int>, _ contents: String,
    least: Int = .max, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    let opened = try OpenFile(path)
    let file = try Unpacked(opened)
    let magic = try Self.take(4, from: file, path, "magic number")
    guard magic[0] == 0, magic[1] == 0 else {
      throw File.bad(
        path, at: 0, "an IDX file begins with two zeros, this one with \(Array(magic[..<2]))")
    }
    guard magic[2] == 8 else {
      throw File.bad(
        path, at: 2, "only type 8 (unsigned bytes) is supported, this is \(Self.type(magic[2]))")
    }
    let rank = Int(magic[3])
    guard ranks.contains(rank) else {
      let expected =
        ranks.count == 1 ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) to \(ranks.upperBound)"
      throw File.bad(path, at: 3, "\(contents) have \(expected) extents, these \(rank)")
    }
    let words = try Self.take(4 * rank, from: file, path, "extents")
    extents = stride(from: 0, to: 4 * rank, by: 4).map { place in
      words[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let begin = 4 + 4 * rank
    guard !extents.contains(0), let count = Shape(extents).checkedCount() else {
      throw File.bad(
        path, at: 4, "extents must be 1 or more, and their product must fit in 63 bits: \(extents)")
    }
    // Compares the declared size with what the file can hold, before anything is allocated.
    guard count <= file.most - begin else {
      let has = file.isCompressed ? "so small a gzip file holds at most" : "the file has"
      throw File.bad(
        path, at: begin,
        "truncated: extents \(extents) need \(count) bytes, \(has) \(file.most - begin)")
    }
    if !file.isCompressed, count > least, begin + count == opened.size {
      let array = StoredArray(opened, offset: begin, .uint8, Shape(extents))
      storage = .stored(StoredRows(array))
      return
    }
    // The memory of the values, and of the labels that they may become.
    try Memory.require(Size(count) * (ranks.upperBound == 1 ? 9 : 1), for: path)
    let values = try file.read(count, checkpoint)
    guard values.count == count else {
      throw File.bad(
        path, at: begin + values.count,
        "truncated: extents \(extents) need \(count) bytes, the file has \(values.count)")
    }
    guard try file.read(1).isEmpty else {
      throw File.bad(
        path, at: begin + count, "data continues after the \(count) bytes of \(extents)")
    }
    storage = .bytes(values)
  }

  private static func take(
    _ count: Int, from file: Unpacked, _ path: String, _ what: String
  ) throws(Fault) -> [UInt8] {
    let bytes = try file.read(count)
    guard bytes.count == count else {
      throw File.bad(path, at: file.offset, "truncated: the file ends within its \(what)")
    }
    return bytes
  }

  private static func type(_ code: UInt8) -> String {
    let names: [UInt8: String] = [
      9: "signed bytes", 11: "16-bit integers", 12: "32-bit integers", 13: "float32", 14: "float64",
    ]
    return names[code].map { "\(code) (\($0))" } ?? "\(code)"
  }
}
