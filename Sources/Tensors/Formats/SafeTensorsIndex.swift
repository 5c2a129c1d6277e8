import Files
import JSON

/// The header of a safetensors file: the tensors and their positions.
struct SafeTensorsIndex {
  /// The position of one tensor within the numbers.
  struct Entry {
    let name: String
    let dtype: String
    let shape: Shape
    let range: Range<Int>
  }

  let entries: [Entry]
  let metadata: [SafeTensors.Note]
  /// The byte of the file at which the numbers begin.
  let begin: Int

  /// Reads the header of an open file. Throws `badFile` with the byte and the broken rule.
  init(_ file: OpenFile) throws(Fault) {
    let first = try file.bytes(at: 0, count: 9)
    let begin = try Self.dataOffset(first, size: file.size, file.path)
    try self.init(try file.bytes(at: 0, count: begin), size: file.size, file.path)
  }

  /// Parses the header at the beginning of `bytes`, which come from a file of `size` bytes.
  init(_ bytes: [UInt8], size: Int, _ path: String) throws(Fault) {
    begin = try Self.dataOffset(bytes, size: size, path)
    guard bytes.count >= begin else { throw File.shrunk(path) }
    guard case .object(let members) = try Self.header(bytes[8..<begin], path) else {
      throw File.bad(path, at: 8, "the header is not an object")
    }
    var entries: [Entry] = []
    var metadata: [SafeTensors.Note] = []
    for member in members {
      if member.name == "__metadata__" {
        metadata = try Self.notes(member.value, path)
      } else {
        entries.append(try Entry(member, path))
      }
    }
    try Self.checkContiguous(entries, end: size - begin, begin, path)
    self.entries = entries
    self.metadata = metadata
  }

  /// Returns the byte at which the numbers begin, after checking the header's length.
  private static func dataOffset(
    _ bytes: [UInt8], size: Int, _ path: String
  ) throws(Fault) -> Int {
    guard bytes.count >= 8 else {
      throw File.bad(
        path, at: bytes.count, "the file ends within the length of its header", hint: kindHint)
    }
    let length = bytes.word(at: 0, width: 8)
    let limit = SafeTensors.headerLimit
    guard length <= limit else {
      throw File.bad(
        path, at: 0, "a header has at most \(limit) bytes, this one \(length)", hint: kindHint)
    }
    guard Int(length) <= size - 8 else {
      let has = "the file has \(size - 8) more"
      throw File.bad(path, at: 0, "the header claims \(length) bytes, \(has)")
    }
    guard length > 0, bytes.count > 8, bytes[8] == UInt8(ascii: "{") else {
      throw File.bad(path, at: 8, "the header begins with {", hint: kindHint)
    }
    return 8 + Int(length)
  }

  /// Most files that break the first rules have another format.
  private static let kindHint =
    "expected a safetensors file, such as model.save and trainer.save write"

  private static func header(_ text: ArraySlice<UInt8>, _ path: String) throws(Fault) -> JSON {
    var limits = JSON.Limits()
    limits.line = SafeTensors.headerLimit
    let parsed = text.withUnsafeBytes { raw in
      Result { () throws(Fault) in
        try JSON(parsing: raw, limits: limits) { (bytes) throws(Fault) in
          try Memory.require(bytes, for: "the header of \(path)")
        }
      }
    }
    do { return try parsed.get() } catch {
      if error.kind == .memory { throw error }
      throw File.bad(path, at: 8, "the header is not valid JSON: \(error.message)")
    }
  }

  private static func notes(_ json: JSON, _ path: String) throws(Fault) -> [SafeTensors.Note] {
    let rule = "__metadata__ is an object of strings"
    guard case .object(let members) = json else { throw File.bad(path, at: 8, rule) }
    var notes: [SafeTensors.Note] = []
    for member in members {
      guard let text = member.value.text else {
        throw File.bad(path, at: 8, "\(rule), and \(JSON.string(member.name).excerpt) is not one")
      }
      notes.append(SafeTensors.Note(member.name, text))
    }
    return notes
  }

  /// Refuses gaps, overlaps and trailing bytes, so that no bytes belong to two tensors or are
  /// hidden.
  private static func checkContiguous(
    _ entries: [Entry], end: Int, _ begin: Int, _ path: String
  ) throws(Fault) {
    var next = 0
    let sorted = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for entry in sorted {
      guard entry.range.lowerBound == next else {
        let what = entry.range.lowerBound < next ? "overlaps the one before" : "leaves a gap"
        throw File.bad(
          path, at: begin + entry.range.lowerBound,
          "the tensor \(JSON.string(entry.name).excerpt) \(what)")
      }
      next = entry.range.upperBound
    }
    guard next == end else {
      throw File.bad(path, at: begin + min(next, end), "\(next) bytes of data named, \(end) there")
    }
  }
}

extension SafeTensorsIndex.Entry {
  /// The bits of each type that the format defines.
  private static let widths = [
    "BF16": 16, "BOOL": 8, "C64": 64, "F16": 16, "F32": 32, "F4": 4, "F64": 64, "F6_E2M3": 6,
    "F6_E3M2": 6, "F8_E4M3": 8, "F8_E4M3FNUZ": 8, "F8_E5M2": 8, "F8_E5M2FNUZ": 8, "F8_E8M0": 8,
    "I16": 16, "I32": 32, "I64": 64, "I8": 8, "U16": 16, "U32": 32, "U64": 64, "U8": 8,
  ]

  fileprivate init(_ member: JSON.Member, _ path: String) throws(Fault) {
    name = member.name
    let label = "the tensor \(JSON.string(name).excerpt)"
    guard case .object(let fields) = member.value,
      fields.map(\.name).sorted() == ["data_offsets", "dtype", "shape"]
    else {
      throw File.bad(path, at: 8, "\(label) has other members than dtype, shape, data_offsets")
    }
    guard let dtype = member.value["dtype"]?.text else {
      let came = member.value["dtype"]?.excerpt ?? ""
      throw File.bad(path, at: 8, "\(label) is of \(came), which is not a type of the format")
    }
    guard let extents = Self.integers(member.value["shape"]) else {
      let came = member.value["shape"]?.excerpt ?? ""
      throw File.bad(path, at: 8, "\(label) has the shape \(came), not a list of extents from 0")
    }
    guard let count = Shape(extents).checkedCount() else {
      throw File.bad(path, at: 8, "\(label) of shape \(Shape(extents)) has too many elements")
    }
    guard let offsets = Self.integers(member.value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else { throw File.bad(path, at: 8, "\(label) has no data_offsets [begin, end]") }
    // More than any file has, and far below the largest integer.
    guard offsets[1] <= 8 * Shape.most else {
      throw File.bad(path, at: 8, "\(label) has data_offsets beyond the end of the file")
    }
    // A type of a later version, which is not read either, has a width that is not known.
    let bits = Self.widths[dtype].map { Size($0) * count }
    let bytes = bits.map { $0.parts(of: 8).exactly ?? .max } ?? offsets[1] - offsets[0]
    guard offsets[1] - offsets[0] == bytes else {
      let needs = "\(Shape(extents)) needs \(bytes) bytes"
      throw File.bad(
        path, at: 8, "\(label): \(needs), data_offsets span \(offsets[1] - offsets[0])")
    }
    self.dtype = dtype
    shape = Shape(extents)
    range = offsets[0]..<offsets[1]
  }

  private static func integers(_ json: JSON?) -> [Int]? {
    guard case .array(let elements)? = json else { return nil }
    var integers: [Int] = []
    for element in elements {
      guard case .int(let value) = element, value >= 0 else { return nil }
      integers.append(value)
    }
    return integers
  }
}
