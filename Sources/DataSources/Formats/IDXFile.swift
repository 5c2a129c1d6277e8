import Files
import JSON
import Tensors

/// An array in an IDX file (yann.lecun.com/exdb/mnist): two zeros, the type, the rank, the extents
/// and the numbers, all in big-endian order.
struct IDXFile {
  let path: String
  let extents: [Int]
  private let opened: OpenFile
  private let file: Unpacked
  private let element: StoredArray.Element
  /// The byte of the uncompressed file at which the numbers begin.
  private let begin: Int

  private var shape: Shape { Shape(extents) }
  private var layout: StoredArray.Layout { StoredArray.Layout(element, isBigEndian: true) }

  /// Reads the header. Throws `badFile` with the byte and the rule; offsets are those of the
  /// uncompressed file.
  init(
    contentsOf path: String, rank ranks: ClosedRange<Int>, _ contents: String
  ) throws(Fault) {
    self.path = path
    opened = try OpenFile(path)
    file = try Unpacked(opened)
    let magic = try Self.take(4, from: file, path, "magic number")
    guard magic[0] == 0, magic[1] == 0 else {
      throw File.bad(
        path, at: 0, "an IDX file begins with two zeros, this one with \(Array(magic[..<2]))",
        hint: file.isCompressed
          ? nil : ForeignFormat.advice(for: try opened.bytes(at: 0, count: 16)))
    }
    let types = StoredArray.Element.allCases
    guard let element = types.first(where: { $0.names.idx == magic[2] }) else {
      let known = types.compactMap { element in
        element.names.idx.map { (code: $0, name: element.rawValue) }
      }
      .sorted { $0.code < $1.code }.map { "\($0.code) (\($0.name))" }.joined(separator: ", ")
      throw File.bad(path, at: 2, "the type \(magic[2]) is not one of \(known)")
    }
    self.element = element
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
    begin = 4 + 4 * rank
    guard !extents.contains(0), let count = Shape(extents).checkedCount() else {
      throw File.bad(
        path, at: 4, "extents must be 1 or more, and their product must fit in 63 bits: \(extents)")
    }
    // Compares the declared size with what the file can hold, before anything is allocated.
    let bytes = count * element.width
    guard bytes <= file.most - begin else {
      let has = file.isCompressed ? "so small a gzip file holds at most" : "the file has"
      throw File.bad(
        path, at: begin,
        "truncated: extents \(extents) need \(bytes) bytes, \(has) \(file.most - begin)")
    }
  }

  /// Returns the rows; those of an uncompressed file that take more than `least` bytes stay in the
  /// file.
  func storage(
    least: Int = .max, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Storage {
    let bytes = shape.count * element.width
    if !file.isCompressed, bytes > least, begin + bytes == opened.size {
      return .stored(StoredRows(StoredArray(opened, offset: begin, layout, shape)))
    }
    return try numbers { (array) throws(Fault) in try array.storage(checkpoint) }
  }

  /// Returns the numbers as classes.
  func classes(_ checkpoint: () throws(Fault) -> Void = {}) throws(Fault) -> [Int] {
    try numbers { (array) throws(Fault) in try array.classes(path, checkpoint) }
  }

  /// Returns what `body` makes of the numbers, and throws unless the file ends after them.
  private func numbers<T>(_ body: (StreamedArray) throws(Fault) -> T) throws(Fault) -> T {
    let bytes = shape.count * element.width
    let result: T
    do {
      result = try body(StreamedArray(stream: file, layout: layout, shape: shape))
    } catch {
      // The stream has said what it lacks, unless it has ended too early.
      guard error.kind == .badFile, file.hasEnded, file.offset < begin + bytes else { throw error }
      throw File.bad(
        path, at: file.offset,
        "truncated: extents \(extents) need \(bytes) bytes, the file has \(file.offset - begin)")
    }
    guard try file.read(1).isEmpty else {
      throw File.bad(
        path, at: begin + bytes, "data continues after the \(bytes) bytes of \(extents)")
    }
    return result
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
}
