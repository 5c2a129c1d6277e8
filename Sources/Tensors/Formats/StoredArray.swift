import Declarations
import Files
import JSON

/// An array in a file: its offset, layout and shape. None of its numbers are read yet.
package struct StoredArray: Sendable {
  package let file: OpenFile
  /// The byte of the file at which its first number begins.
  package let offset: Int
  package let layout: Layout
  package let shape: Shape

  /// How the numbers of an array lie in its file.
  package struct Layout: Sendable, Equatable {
    package var element: Element
    /// Whether the first byte of a number is its highest.
    package var isBigEndian = false
    /// Whether the first index moves fastest.
    package var isFortran = false

    package init(_ element: Element, isBigEndian: Bool = false, isFortran: Bool = false) {
      self.element = element
      self.isBigEndian = isBigEndian && element.width > 1
      self.isFortran = isFortran
    }
  }

  /// Takes the bytes from `offset` on; the caller has checked that the file has as many as the
  /// shape needs.
  package init(_ file: OpenFile, offset: Int, _ layout: Layout, _ shape: Shape) {
    self.file = file
    self.offset = offset
    self.layout = layout
    self.shape = shape
  }

  package init(_ file: OpenFile, offset: Int, _ element: Element, _ shape: Shape) {
    self.init(file, offset: offset, Layout(element), shape)
  }

  package var element: Element { layout.element }
  package var byteCount: Int { shape.count * element.width }

  /// Finds the array of a NumPy file. Throws what `NPY` throws.
  package init(npy path: String) throws(Fault) {
    let file = try OpenFile(path)
    let head = try file.bytes(at: 0, count: NPYHeader.most)
    let header = try NPYHeader(head, size: file.size, path)
    try header.checkSize(file.size, path)
    self.init(file, offset: header.end, header.layout, header.shape)
  }

  /// Finds the tensor named `name`, or the only one, in a safetensors file. Throws `badFile`, and
  /// `params` if there is none.
  package init(safetensors path: String, tensor given: String?) throws(Fault) {
    let file = try OpenFile(path)
    let index = try SafeTensorsIndex(file)
    let names = index.entries.map(\.name)
    guard let name = given ?? (names.count == 1 ? names.first : nil),
      let entry = index.entries.first(where: { $0.name == name })
    else {
      let list = names.prefix(16).joined(separator: ", ") + (names.count > 16 ? ", …" : "")
      throw Fault(
        .params,
        "\(path) has \(given.map { "no tensor \(JSON.string($0).excerpt)" } ?? "\(names.count) tensors")",
        expected: names.isEmpty ? "a file with tensors" : "one of \(list)",
        got: given.map { JSON.string($0).excerpt } ?? "nothing",
        hint: given.flatMap { suggestion(for: $0, among: names) } ?? "known: \(list)")
    }
    guard let element = Element.allCases.first(where: { $0.names.safetensors == entry.dtype })
    else {
      let read = Element.allCases.map(\.names.safetensors).joined(separator: ", ")
      throw File.bad(
        path, at: 8,
        "the tensor \(JSON.string(name).excerpt) is of \(JSON.string(entry.dtype).line)",
        hint: entry.dtype == "C64"
          ? "save torch.view_as_real(x), or x.abs(): \(read) are read"
          : "save x.float(): \(read) are read")
    }
    self.init(file, offset: index.begin + entry.range.lowerBound, element, entry.shape)
  }
}
