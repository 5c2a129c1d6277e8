import Files
import JSON
import Synchronization
import Tensors

/// Rows of which each of several processes has a share, consecutive ones. Those that are needed are
/// brought to all processes, as bytes, and stay until the next are brought.
///
/// All rows lie one after the other: grey levels as bytes, other rows as floats, and of sparse ones
/// the positions and then the values that are not zero.
final class DistributedRows: SharedRows, @unchecked Sendable {
  // Unchecked: rows are brought by one thread, and never while others gather.
  private let ranks: Ranks
  private let number: UInt64
  let layout: Layout
  let count: Int
  /// The rows of this process, and their bytes.
  let own: Range<Int>
  private let bytes: Buffer<UInt8>
  /// The rows that were brought, where each begins among their bytes, and the place of each row
  /// among them.
  private var names: [UInt32] = []
  private var begins: [Int] = []
  private var brought: Buffer<UInt8>
  /// The bytes for which all processes have room.
  private var room = 0
  private let places: Buffer<UInt32>
  private let missing = Mutex<UInt32?>(nil)

  /// How rows lie one after the other.
  enum Layout {
    case bytes(width: Int)
    case floats(width: Int)
    /// The number of values before each row, and at the end.
    case sparse(width: Int, starts: [Int])

    /// Returns where a row begins among the bytes of all.
    func begin(of row: Int) -> Int {
      switch self {
      case .bytes(let width): row * width
      case .floats(let width): 4 * row * width
      case .sparse(_, let starts): 8 * starts[row]
      }
    }

    /// Returns the number of bytes of a row.
    func size(of row: Int) -> Int { begin(of: row + 1) - begin(of: row) }
  }

  private static let nowhere = UInt32.max

  /// Takes this process's share of `count` rows of `width` values. Throws `memory`, what reading
  /// the rows throws, and what `checkpoint` throws; `number` is that of `Ranks`.
  init(
    _ storage: Storage, count: Int, width: Int, _ ranks: Ranks, _ number: UInt64,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    (self.ranks, self.number, self.count) = (ranks, number, count)
    let own = ranks.share(of: count)
    self.own = own
    layout =
      switch storage {
      case .sparse(let rows): .sparse(width: width, starts: rows.starts)
      default: storage.areBytes ? .bytes(width: width) : .floats(width: width)
      }
    let size = layout.begin(of: own.upperBound) - layout.begin(of: own.lowerBound)
    bytes = try Buffer(Size(size), for: "the rows of rank \(ranks.rank)")
    brought = try Buffer(1, for: "the rows of other ranks")
    places = try Buffer(Size(count), for: "the places of \(count) rows")
    places.base.update(repeating: Self.nowhere, count: count)
    try storage.copy(own, of: width, to: bytes.base, checkpoint)
    ranks.know(self, as: number)
  }

  /// Brings rows, which no other process may need at the same time unless it makes the same call.
  func bring(
    _ names: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    try ranks.bring(names, of: self, number, checkpoint)
  }

  func meet(
    _ names: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let outcome = Result { () throws(Fault) in try checkpoint() }
    // The same on all processes, since all have brought the same rows.
    if names.elementsEqual(self.names) { return try ranks.gather([], after: outcome) }
    for name in self.names { places.base[Int(name)] = Self.nowhere }
    (self.names, begins) = ([], [])
    var size = 0
    for name in names {
      begins.append(size)
      size += layout.size(of: Int(name))
    }
    if size > room {
      let grown = Result { () throws(Fault) in
        brought = try Buffer(Size(size), for: "the rows of other ranks")
      }
      try ranks.gather([], after: grown)
      room = size
    }
    let parts = names.indices.map { place in
      let row = Int(names[place])
      return Ranks.Part(
        own.contains(row) ? address(ofOwn: row) : brought.base + begins[place],
        count: layout.size(of: row), owner: ranks.owner(of: row, among: count))
    }
    try ranks.gather(parts, after: outcome)
    self.names = Array(names)
    for (place, name) in names.enumerated() { places.base[Int(name)] = UInt32(place) }
  }

  private func address(ofOwn row: Int) -> UnsafeMutablePointer<UInt8> {
    bytes.base + (layout.begin(of: row) - layout.begin(of: own.lowerBound))
  }

  /// Returns the bytes of a row; nil if it is neither one of this process nor was brought, which is
  /// then a fault of the reading.
  func row(_ name: UInt32) -> UnsafeRawPointer? {
    let row = Int(name)
    precondition(row < count, "row \(row) of \(count)")
    if own.contains(row) { return UnsafeRawPointer(address(ofOwn: row)) }
    let place = places.base[row]
    guard place != Self.nowhere else {
      missing.withLock { $0 = $0 ?? name }
      return nil
    }
    return UnsafeRawPointer(brought.base + begins[Int(place)])
  }

  func takeFault() -> Fault? {
    let name = missing.withLock { missing in
      defer { missing = nil }
      return missing
    }
    return name.map { Fault(.internal, "row \($0) was read before the ranks had brought it") }
  }

  /// The number of rows that each process has.
  var held: [Int] { (0..<ranks.count).map { ranks.share(of: count, for: $0).count } }
}

extension Storage {
  /// Copies rows to `out`, as distributed rows lie. Throws what reading them throws.
  fileprivate func copy(
    _ rows: Range<Int>, of width: Int, to out: UnsafeMutablePointer<UInt8>,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    var place = UnsafeMutableRawPointer(out)
    func add(_ part: UnsafeRawBufferPointer) {
      guard let base = part.baseAddress else { return }
      place.copyMemory(from: base, byteCount: part.count)
      place += part.count
    }
    let values = rows.lowerBound * width..<rows.upperBound * width
    switch self {
    case .bytes(let all): all[values].withUnsafeBytes(add)
    case .floats(let all): all[values].withUnsafeBytes(add)
    case .sparse(let all):
      for row in rows {
        let values = all.starts[row]..<all.starts[row + 1]
        all.positions[values].withUnsafeBytes(add)
        all.values[values].withUnsafeBytes(add)
      }
    case .stored(let all):
      try all.selecting(rows, at: nil).forEachPart { (part) throws(Fault) in
        try checkpoint()
        guard areBytes else { return add(UnsafeRawBufferPointer(part)) }
        // What could not be read is no byte.
        let bytes = part.map { 0...255 ~= $0 ? UInt8($0) : 0 }
        bytes.withUnsafeBytes(add)
      }
      if let fault = all.takeFault() { throw fault }
    }
  }
}
