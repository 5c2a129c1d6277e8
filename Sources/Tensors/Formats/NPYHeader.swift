import Files
import JSON

/// The header of a NumPy file: a dictionary in Python's syntax.
package struct NPYHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The bytes that hold any header that is read: NumPy itself stops at 10,000.
  package static let most = 12 + 1 << 16

  package let layout: StoredArray.Layout
  package let shape: Shape
  let shapeOffset: Int
  /// The byte at which the data begin.
  package let end: Int

  /// Parses the header at the beginning of `bytes`, which come from a file of `size` bytes.
  package init(_ bytes: [UInt8], size: Int, _ path: String) throws(Fault) {
    guard bytes.starts(with: Self.magic) else {
      throw File.bad(
        path, at: 0, "a NumPy file begins with \\x93NUMPY",
        hint: ForeignFormat.advice(for: bytes) ?? "numpy.save writes such a file")
    }
    guard bytes.count >= 12 else {
      throw File.bad(path, at: bytes.count, "the file ends within its header")
    }
    guard (1...3).contains(bytes[6]) else {
      throw File.bad(path, at: 6, "versions 1 to 3 are read, this is \(bytes[6]).\(bytes[7])")
    }
    let width = bytes[6] == 1 ? 2 : 4
    let length = Int(bytes.word(at: 8, width: width))
    let begin = 8 + width
    guard length <= size - begin else {
      let has = "the file has \(size - begin) more"
      throw File.bad(path, at: 8, "the header claims \(length) bytes, \(has)")
    }
    guard length <= 1 << 16 else {
      throw File.bad(path, at: 8, "a header has at most 65536 bytes, this one \(length)")
    }
    guard bytes.count >= begin + length else { throw File.shrunk(path) }
    end = begin + length
    var scanner = PythonScanner(bytes: bytes, position: begin, end: end, path: path)
    var layout: StoredArray.Layout?
    var isFortran: Bool?
    var shape: (Shape, Int)?
    try scanner.expect("{")
    while !scanner.skip("}") {
      let place = scanner.position
      let key = try scanner.string()
      try scanner.expect(":")
      switch key {
      case "descr" where layout == nil: layout = try Self.layout(&scanner)
      case "fortran_order" where isFortran == nil: isFortran = try scanner.boolean()
      case "shape" where shape == nil: shape = (try scanner.tuple(), place)
      default: throw File.bad(path, at: place, "the key '\(key)' is unknown or occurs twice")
      }
      if !scanner.skip(",") {
        try scanner.expect("}")
        break
      }
    }
    try scanner.expectEnd()
    guard var layout, let isFortran, let shape else {
      throw File.bad(path, at: begin, "the header names 'descr', 'fortran_order' and 'shape'")
    }
    layout.isFortran = isFortran && shape.0.extents.count > 1
    self.layout = layout
    self.shape = shape.0
    shapeOffset = shape.1
  }

  /// Throws `badFile` if a file of `size` bytes does not hold exactly the data that the header
  /// declares.
  package func checkSize(_ size: Int, _ path: String) throws(Fault) {
    guard let count = shape.checkedCount() else {
      throw File.bad(path, at: shapeOffset, "shape \(shape) has too many elements")
    }
    let bytes = count * layout.element.width
    guard size - end == bytes else {
      let needed = "shape \(shape) of \(layout.element.rawValue) needs \(bytes) bytes of data"
      throw File.bad(path, at: end, "\(needed), the file has \(size - end)")
    }
  }

  private static func layout(_ scanner: inout PythonScanner) throws(Fault) -> StoredArray.Layout {
    let isRecord = scanner.isAt("[")
    let place = scanner.position
    guard !isRecord else {
      throw File.bad(
        scanner.path, at: place, "records (structured dtypes) are not read",
        hint: "save numpy.lib.recfunctions.structured_to_unstructured(x)")
    }
    let name = try scanner.string()
    let code = name.drop { "<>|=".contains($0) }
    if let element = StoredArray.Element.allCases.first(where: { $0.names.npy == String(code) }) {
      return StoredArray.Layout(element, isBigEndian: name.hasPrefix(">"))
    }
    let (what, call) = wayOut(of: code.first)
    throw File.bad(
      scanner.path, at: place, "\(what) ('\(name)') are not read", hint: "save \(call)")
  }

  /// Returns the word for a kind of numbers that is not read, and an expression of NumPy that is.
  private static func wayOut(of kind: Character?) -> (what: String, call: String) {
    switch kind {
    case "c": ("complex numbers", "numpy.stack([x.real, x.imag], axis=-1), or abs(x)")
    case "U", "S", "a", "T":
      ("strings", "numpy.unique(x, return_inverse=True)[1], the number of each among the words")
    case "O": ("objects", "numpy.array(x.tolist(), dtype=\"float32\")")
    case "M", "m": ("dates and times", "x.astype(\"int64\"), or x - x.min() in a unit that suits")
    case "V": ("bytes without a type", "x.view(\"uint8\"), or x.astype(\"float32\")")
    default: ("numbers of this type", "x.astype(\"float32\")")
    }
  }
}

/// Parses the few Python literals that occur in a header.
private struct PythonScanner {
  let bytes: [UInt8]
  var position: Int
  let end: Int
  let path: String

  private mutating func skipSpace() {
    while position < end, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  mutating func isAt(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return position < end && bytes[position] == UInt8(ascii: character)
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard isAt(character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard skip(character) else { throw bad("'\(character)'") }
  }

  mutating func expectEnd() throws(Fault) {
    skipSpace()
    guard position == end else { throw bad("the end of the header") }
  }

  mutating func string() throws(Fault) -> String {
    let quote: Unicode.Scalar = isAt("\"") ? "\"" : "'"
    try expect(quote)
    let begin = position
    while position < end, bytes[position] != UInt8(ascii: quote), bytes[position] != 0x5C {
      position += 1
    }
    let text = String(decoding: bytes[begin..<position], as: UTF8.self)
    try expect(quote)
    return text
  }

  mutating func boolean() throws(Fault) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where bytes[position..<end].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw bad("True or False")
  }

  mutating func tuple() throws(Fault) -> Shape {
    try expect("(")
    var extents: [Int] = []
    while !skip(")") {
      extents.append(try integer())
      // NumPy's own limit.
      guard extents.count <= 64 else { throw bad("at most 64 extents") }
      if !skip(",") {
        try expect(")")
        break
      }
    }
    return Shape(extents)
  }

  private mutating func integer() throws(Fault) -> Int {
    skipSpace()
    let digits = bytes[position..<end].prefix { (0x30...0x39).contains($0) }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw bad("an extent from 0 to 2^63 - 1")
    }
    position += digits.count
    return value
  }

  private func bad(_ expected: String) -> Fault {
    File.bad(path, at: position, "expected \(expected)")
  }
}
