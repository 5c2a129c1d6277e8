import JSON

extension SafeTensors {
  /// Reads a file. Throws `badFile` with the byte and the rule that is broken.
  public init(contentsOf path: String) throws(Fault) {
    try self.init(parsing: File.read(path), path)
  }

  /// Reads the bytes of a file; `path` is for messages.
  public init(parsing bytes: [UInt8], _ path: String) throws(Fault) {
    let begin = try Self.dataOffset(bytes, path)
    guard case .object(let members) = try Self.header(bytes[8..<begin], path) else {
      throw File.bad(path, at: 8, "the header is not an object")
    }
    try Memory.require(bytes.count - begin, for: path)
    self.init([])
    var places: [Place] = []
    for member in members {
      if member.name == "__metadata__" {
        metadata = try Self.notes(member.value, path)
      } else {
        places.append(try Place(member, path))
      }
    }
    try Self.checkContiguous(places, end: bytes.count - begin, begin, path)
    entries = places.map { place in
      let values = bytes.values(
        Float.self, at: begin + place.range.lowerBound, count: place.range.count / 4)
      return Entry(place.name, Tensor(place.shape, values))
    }
  }

  /// Where the numbers begin, after the checks of the header's length.
  private static func dataOffset(_ bytes: [UInt8], _ path: String) throws(Fault) -> Int {
    guard bytes.count >= 8 else {
      throw File.bad(path, at: bytes.count, "the file ends within the length of its header")
    }
    let length = bytes.word(at: 0, width: 8)
    guard length <= headerLimit else {
      throw File.bad(path, at: 0, "a header has at most \(headerLimit) bytes, this one \(length)")
    }
    guard Int(length) <= bytes.count - 8 else {
      let has = "the file has \(bytes.count - 8) more"
      throw File.bad(path, at: 0, "the header claims \(length) bytes, \(has)")
    }
    guard length > 0, bytes[8] == UInt8(ascii: "{") else {
      throw File.bad(path, at: 8, "the header begins with {")
    }
    return 8 + Int(length)
  }

  private static func header(_ text: ArraySlice<UInt8>, _ path: String) throws(Fault) -> JSON {
    var limits = JSON.Limits()
    limits.line = headerLimit
    let parsed = text.withUnsafeBytes { raw in
      Result { () throws(Fault) in try JSON(parsing: raw, limits: limits) }
    }
    do { return try parsed.get() } catch {
      throw File.bad(path, at: 8, "the header is not valid JSON: \(error.message)")
    }
  }

  private static func notes(_ json: JSON, _ path: String) throws(Fault) -> [Note] {
    let rule = "__metadata__ is an object of strings"
    guard case .object(let members) = json else { throw File.bad(path, at: 8, rule) }
    var notes: [Note] = []
    for member in members {
      guard let text = member.value.text else {
        throw File.bad(path, at: 8, "\(rule), and \(JSON.string(member.name).excerpt) is not one")
      }
      notes.append(Note(member.name, text))
    }
    return notes
  }

  /// No gap, no overlap, nothing left: a file in which the same bytes are two tensors, or hidden, is refused.
  private static func checkContiguous(
    _ places: [Place], end: Int, _ begin: Int, _ path: String
  ) throws(Fault) {
    var next = 0
    let sorted = places.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for place in sorted {
      guard place.range.lowerBound == next else {
        let what = place.range.lowerBound < next ? "overlaps the one before" : "leaves a gap"
        throw File.bad(
          path, at: begin + place.range.lowerBound,
          "the tensor \(JSON.string(place.name).excerpt) \(what)")
      }
      next = place.range.upperBound
    }
    guard next == end else {
      throw File.bad(path, at: begin + min(next, end), "\(next) bytes of data named, \(end) there")
    }
  }
}

/// Where one tensor stands, within the numbers.
private struct Place {
  let name: String
  let shape: Shape
  let range: Range<Int>

  init(_ member: JSON.Member, _ path: String) throws(Fault) {
    name = member.name
    let label = "the tensor \(JSON.string(name).excerpt)"
    guard case .object(let fields) = member.value,
      fields.map(\.name).sorted() == ["data_offsets", "dtype", "shape"]
    else {
      throw File.bad(path, at: 8, "\(label) has other members than dtype, shape, data_offsets")
    }
    guard let dtype = member.value["dtype"]?.text, dtype == "F32" else {
      let came = member.value["dtype"]?.excerpt ?? ""
      throw File.bad(path, at: 8, "\(label) is of \(came); F32 is read")
    }
    guard let extents = Self.integers(member.value["shape"]),
      let count = Shape(extents).checkedCount(width: 4)
    else { throw File.bad(path, at: 8, "\(label) has no shape of extents from 0, or too large") }
    guard let offsets = Self.integers(member.value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else { throw File.bad(path, at: 8, "\(label) has no data_offsets [begin, end]") }
    guard offsets[1] - offsets[0] == 4 * count else {
      let needs = "\(Shape(extents)) needs \(4 * count) bytes"
      throw File.bad(
        path, at: 8, "\(label): \(needs), data_offsets span \(offsets[1] - offsets[0])")
    }
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
