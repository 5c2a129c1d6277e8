import CHDF5
import Files
import JSON
import Tensors

/// A dataset of an HDF5 file, or a member of its records. None of it is read yet.
struct HDF5Dataset {
  let file: HDF5File
  let path: String
  /// The member of the records; empty if they are no records.
  let member: String
  /// `b`, `i`, `u`, `f`: truth values, integers, floats; `s`: texts; others are not read.
  let kind: Character
  let extents: [Int]
  private let answer: HDF5File.Answer

  init(_ file: HDF5File, _ path: String, _ member: String, _ answer: HDF5File.Answer) {
    (self.file, self.path, self.member, self.answer) = (file, path, member, answer)
    kind = answer.character(ELBO_HDF5_CLASS) ?? "?"
    let rank = max(0, min(32, answer[ELBO_HDF5_RANK]))
    extents = Array(answer.words[ELBO_HDF5_EXTENTS..<ELBO_HDF5_EXTENTS + rank])
  }

  var shape: Shape { Shape(extents) }
  private var width: Int { answer[ELBO_HDF5_WIDTH] }
  private var place: String { member.isEmpty ? path : "\(path)/\(member)" }
  /// The file and the dataset, for messages.
  var name: String { "\(file.path), \(place)" }
  private var isChunked: Bool { answer.character(ELBO_HDF5_LAYOUT) == "c" }

  /// Whether its values are numbers.
  var holdsNumbers: Bool { element != nil }

  private var element: StoredArray.Element? {
    switch kind {
    case "b" where width == 1: .bool
    case "i": .init(rawValue: "int\(8 * width)")
    case "u": .init(rawValue: "uint\(8 * width)")
    case "f": .init(rawValue: "float\(8 * width)")
    default: nil
    }
  }

  /// Returns the numbers in order. Throws `badFile` if they are not numbers, or cannot be read.
  func array() throws(Fault) -> StreamedArray {
    let layout = try layout()
    try check()
    return StreamedArray(stream: try HDF5Stream(self), layout: layout, shape: shape)
  }

  /// Returns the rows and the shape of one. Those that lie together in the file, and take more than
  /// 64 MiB, stay there.
  func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> (Storage, Shape) {
    let layout = try layout()
    try check()
    let bytes = shape.count * width
    let offset = answer[ELBO_HDF5_OFFSET]
    guard answer.character(ELBO_HDF5_LAYOUT) == "n", answer[ELBO_HDF5_IS_CONVERTED] == 0,
      answer[ELBO_HDF5_STORED] == bytes, offset > 0, offset <= file.file.size - bytes
    else { return try array().rows(checkpoint) }
    return try StoredArray(file.file, offset: offset, layout, shape).rows(checkpoint)
  }

  /// Returns the texts.
  func texts() throws(Fault) -> [String] {
    try check()
    guard extents.count <= 1 else {
      throw Fault(
        .badFile, "\(name): expected a list of words, got \(shape)", hint: "save x.ravel()")
    }
    try Memory.require(Size(shape.count) * 64, for: name)
    var texts: [String] = []
    while texts.count < shape.count {
      let count = min(shape.count - texts.count, max(1, min(1 << 14, (1 << 22) / max(1, width))))
      let more = try file.texts(of: self, start: [texts.count], count: [count])
      guard !more.isEmpty else {
        throw Fault(
          .badFile, "\(name): word \(texts.count) has more than 4 MiB",
          hint: "save numpy.unique(x, return_inverse=True)[1], the number of each word")
      }
      texts += more.prefix(count)
    }
    return texts
  }

  private func layout() throws(Fault) -> StoredArray.Layout {
    if let element {
      return .init(element, isBigEndian: answer[ELBO_HDF5_IS_BIG_ENDIAN] != 0)
    }
    if kind == "c" {
      let members = try file.names(in: path)
      throw Fault(
        .badFile, "\(name): holds records, whose members are \(listed(members))",
        hint: "name one of them, as \(JSON.string("\(path)/\(members.first ?? "x")").line)")
    }
    let (what, call) =
      switch kind {
      case "s":
        ("strings", "numpy.unique(x, return_inverse=True)[1], the number of each among the words")
      case "r": ("references", "the numbers that they refer to: file[x[0]][:]")
      case "l": ("lists in each place", "numpy.stack(x), if all are of one length")
      default: ("values that are no numbers", "x.astype(\"float32\")")
      }
    throw Fault(.badFile, "\(name): holds \(what), which are not read", hint: "save \(call)")
  }

  /// Throws `badFile` if it cannot be read, or claims more than its bytes can hold.
  private func check() throws(Fault) {
    guard answer[ELBO_HDF5_RANK] >= 0 else {
      throw Fault(.badFile, "\(name): is empty", hint: "save an array there")
    }
    let layout = answer.character(ELBO_HDF5_LAYOUT)
    guard layout != "v", layout != "e" else {
      throw Fault(
        .badFile, "\(name): its numbers are in other files, which are not read",
        hint: "copy it with h5repack, or save file[\(JSON.string(path).excerpt)][:]")
    }
    let filter = answer[ELBO_HDF5_MISSING_FILTER]
    guard filter == 0 else {
      let names = [307: "bzip2", 32000: "lzf", 32001: "blosc", 32004: "lz4", 32015: "zstd"]
      throw Fault(
        .badFile,
        "\(name): is compressed by \(names[filter] ?? "filter \(filter)"), which libhdf5 itself cannot undo",
        hint: "write it with compression=\"gzip\"")
    }
    guard let count = shape.checkedCount(), width > 0, width <= 1 << 30 else {
      throw Fault(.badFile, "\(name): shape \(shape) has too many elements")
    }
    try check(Size(count) * width, "shape \(shape)")
  }

  /// Throws `badFile` if something stands for more bytes than those in the file can be expanded to:
  /// by deflate, one to 1032.
  private func check(_ bytes: Size, _ what: String) throws(Fault) {
    let stored = answer[ELBO_HDF5_STORED]
    guard bytes <= Size(64 << 20) || bytes <= Size(max(1, stored)) * 2048, stored <= file.file.size
    else {
      throw Fault(
        .badFile,
        "\(name): \(what) stands for \(bytes.exactly ?? .max) bytes, and \(stored) are in the file",
        hint: "most of it was never written: write it whole, or as a sparse matrix")
    }
  }

  /// How a dataset is read: a slab of rows at a time, or less if a row does not fit.
  struct Plan {
    /// The axis along which slabs follow each other.
    let axis: Int
    /// The numbers of one step on that axis.
    let inner: Int
    /// The most steps of a slab.
    let steps: Int
    /// The bytes of chunks that libhdf5 keeps, so that it unpacks each once.
    let cache: Int
  }

  /// Returns how it is read; lends the process the memory for its chunks.
  func plan() throws(Fault) -> Plan {
    let room = Int(ELBO_HDF5_ROOM) / width
    var (axis, inner) = (0, extents.dropFirst().reduce(1, *))
    while inner > room {
      axis += 1
      inner /= max(1, extents[axis])
    }
    var steps = max(1, room / max(1, inner))
    guard isChunked else { return Plan(axis: axis, inner: inner, steps: steps, cache: 0) }
    let chunk = answer.words[ELBO_HDF5_CHUNK..<ELBO_HDF5_CHUNK + extents.count]
      .map { max(1, $0) }
    if steps > chunk[axis] { steps -= steps % chunk[axis] }
    let bytes = chunk.reduce(Size(answer[ELBO_HDF5_RECORD])) { $0 * $1 }
    try check(bytes, "a chunk of \(Shape(chunk))")
    let band = (axis + 1..<extents.count).reduce(bytes) {
      $0 * Size(extents[$1]).parts(of: chunk[$1])
    }
    let cache = try min(band, max(bytes, Size(256 << 20))).value(for: name)
    // What is packed, what is unpacked, and a buffer that doubles.
    try file.lend(bytes * 4 + cache)
    return Plan(axis: axis, inner: inner, steps: steps, cache: cache)
  }
}

/// The numbers of a dataset in order.
private final class HDF5Stream: ByteStream {
  let name: String
  private let dataset: HDF5Dataset
  private let plan: HDF5Dataset.Plan
  /// The number of slabs' steps that were read.
  private var step = 0
  private var bytes: [UInt8] = []
  private var position = 0

  init(_ dataset: HDF5Dataset) throws(Fault) {
    self.dataset = dataset
    name = dataset.name
    plan = try dataset.plan()
  }

  func read(
    into out: UnsafeMutableBufferPointer<UInt8>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Int {
    var filled = 0
    while filled < out.count {
      if position == bytes.count {
        try checkpoint()
        bytes = try next()
        position = 0
        guard !bytes.isEmpty else { break }
      }
      let part = min(out.count - filled, bytes.count - position)
      bytes.withUnsafeBufferPointer { bytes in
        guard let from = bytes.baseAddress, let into = out.baseAddress else { return }
        (into + filled).update(from: from + position, count: part)
      }
      filled += part
      position += part
    }
    return filled
  }

  private func next() throws(Fault) -> [UInt8] {
    let (extents, axis) = (dataset.extents, plan.axis)
    guard !extents.isEmpty else {
      defer { step = 1 }
      return step == 0 ? try dataset.file.bytes(of: dataset, start: [], count: [], cache: 0) : []
    }
    // Steps are numbered over all axes up to this one.
    guard step < extents[...axis].reduce(1, *) else { return [] }
    var (start, rest) = ([Int](repeating: 0, count: extents.count), step)
    for index in (0...axis).reversed() {
      start[index] = rest % extents[index]
      rest /= extents[index]
    }
    let steps = min(plan.steps, extents[axis] - start[axis])
    var count = extents
    for index in 0..<axis { count[index] = 1 }
    count[axis] = steps
    step += steps
    return try dataset.file.bytes(of: dataset, start: start, count: count, cache: plan.cache)
  }
}

/// Returns a list of names for a message.
func listed(_ names: [String]) -> String {
  guard !names.isEmpty else { return "nothing" }
  return names.prefix(16).joined(separator: ", ") + (names.count > 16 ? ", …" : "")
}
