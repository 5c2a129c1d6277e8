import Declarations
import Files
import JSON

/// An array in a file: its offset, type and shape. None of its numbers are read yet.
package struct StoredArray: Sendable {
  package let file: OpenFile
  /// The byte of the file at which its first number begins.
  package let offset: Int
  package let element: Element
  package let shape: Shape

  /// Takes the bytes from `offset` on; the caller has checked that the file has as many as the
  /// shape needs.
  package init(_ file: OpenFile, offset: Int, _ element: Element, _ shape: Shape) {
    self.file = file
    self.offset = offset
    self.element = element
    self.shape = shape
  }

  package var byteCount: Int { shape.count * element.width }

  /// Finds the array of a NumPy file. Throws what `NPY` throws.
  package init(npy path: String) throws(Fault) {
    let file = try OpenFile(path)
    let head = try file.bytes(at: 0, count: NPYHeader.most)
    let header = try NPYHeader(head, size: file.size, path)
    try header.checkSize(file.size, path)
    self.init(file, offset: header.end, header.element, header.shape)
  }

  /// Finds the tensor named `name` in a safetensors file. Throws `badFile`, and `params` if there
  /// is none.
  package init(safetensors path: String, tensor name: String) throws(Fault) {
    let file = try OpenFile(path)
    let index = try SafeTensorsIndex(file)
    guard let entry = index.entries.first(where: { $0.name == name }) else {
      let names = index.entries.map(\.name)
      let list = names.prefix(16).joined(separator: ", ") + (names.count > 16 ? ", …" : "")
      throw Fault(
        .params, "\(path) has no tensor \(JSON.string(name).excerpt)", expected: "one of \(list)",
        got: JSON.string(name).excerpt,
        hint: suggestion(for: name, among: names) ?? "known: \(list)")
    }
    guard let element = Element.allCases.first(where: { $0.dtype.safetensors == entry.dtype })
    else {
      let read = Element.list(of: \.dtype.safetensors)
      throw File.bad(
        path, at: 8,
        "the tensor \(JSON.string(name).excerpt) is of \(entry.dtype); \(read) are read")
    }
    self.init(file, offset: index.begin + entry.range.lowerBound, element, entry.shape)
  }

  /// Reads all numbers as integers; returns nil if one is not whole. Throws `io` and `memory`.
  package func integers() throws(Fault) -> [Int]? {
    try Memory.require(Size(shape) * (element.width + 24), for: file.path)
    let bytes = try file.bytes(at: offset, count: byteCount)
    guard bytes.count == byteCount else { throw File.shrunk(file.path) }
    let integers = element.integers(bytes)
    return integers.contains(nil) ? nil : integers.compactMap { $0 }
  }
}
