import Files
import JSON

/// The processes that hold one session: each computes a share, and brings the others up to date.
///
/// All processes make the same calls with parts of the same sizes, each at its own addresses.
package final class Ranks {
  /// Memory that one process has written and all need.
  package struct Part {
    let base: UnsafeMutableRawPointer
    let rows: Int
    /// The bytes of a row, and the distance between the beginnings of two rows.
    let bytes: Int
    let stride: Int
    let owner: Int

    /// Consecutive values.
    package init<T: BitwiseCopyable>(_ base: UnsafeMutablePointer<T>, count: Int, owner: Int) {
      self.base = UnsafeMutableRawPointer(base)
      (rows, self.owner) = (1, owner)
      bytes = count * MemoryLayout<T>.stride
      stride = bytes
    }

    /// The values at `range` of a buffer; nil if it has none.
    package init?<T: BitwiseCopyable>(
      _ buffer: UnsafeMutableBufferPointer<T>, _ range: Range<Int>, owner: Int
    ) {
      guard let base = buffer.baseAddress else { return nil }
      self.init(base + range.lowerBound, count: range.count, owner: owner)
    }

    /// The numbers of a block, without its padding.
    package init(_ block: Block, owner: Int) {
      base = UnsafeMutableRawPointer(block.base)
      (rows, self.owner) = (block.rows, owner)
      bytes = block.columns * MemoryLayout<Float>.stride
      stride = block.stride * MemoryLayout<Float>.stride
    }

    var size: Int { rows * bytes }
  }

  package let transport: any Transport
  /// The bytes that have come from other processes, and the number of meetings.
  package private(set) var received = 0
  package private(set) var meetings = 0
  /// Whether all processes run the same now. If not, the first one runs a method alone, and the
  /// others wait for what it passes on.
  package var isTogether = true
  /// The rows of which each process has a share, by a number that is the same for all.
  var sharedRows: [UInt64: WeakRows] = [:]
  /// How many of them there have been.
  var sharedRowsCount: UInt64 = 0
  private var own: Buffer<UInt8>
  private var all: Buffer<UInt8>
  /// For each process, whether it was told to stop before the current meeting.
  private let stops: Buffer<UInt8>

  /// Throws `memory`.
  package init(_ transport: any Transport) throws(Fault) {
    self.transport = transport
    own = try Buffer(1, for: "messages to other processes")
    all = try Buffer(1, for: "messages of other processes")
    stops = try Buffer(Size(transport.count), for: "the stops of all processes")
  }

  package var rank: Int { transport.rank }
  package var count: Int { transport.count }
  /// Whether this process answers requests and writes files.
  package var leads: Bool { rank == 0 }

  /// Returns what `rank` does of `total` pieces of work. The first processes have one more where
  /// they do not divide evenly.
  package func share(of total: Int, for rank: Int) -> Range<Int> {
    let (least, more) = total.quotientAndRemainder(dividingBy: count)
    let start = rank * least + min(rank, more)
    return start..<start + least + (rank < more ? 1 : 0)
  }

  /// Returns what this process does of `total` pieces of work.
  package func share(of total: Int) -> Range<Int> { share(of: total, for: rank) }

  /// Returns the process that does piece `index` of `total`.
  package func owner(of index: Int, among total: Int) -> Int {
    let (least, more) = total.quotientAndRemainder(dividingBy: count)
    let longer = more * (least + 1)
    return index < longer ? index / (least + 1) : more + (index - longer) / max(1, least)
  }

  /// Brings the parts up to date on all processes. Throws `cancelled` on all of them if `stop` is
  /// raised on one, `rank` if a process is lost, and `memory`.
  package func gather(_ parts: [Part], stop: StopFlag?) throws(Fault) {
    stops.base[rank] = stop?.isRaised == true ? 1 : 0
    try gather(parts + (0..<count).map { Part(stops.base + $0, count: 1, owner: $0) })
    if (0..<count).contains(where: { stops.base[$0] != 0 }) { throw .cancelled }
  }

  /// Brings the parts up to date on all processes, unless `outcome` is a fault on one of them: then
  /// all throw, the process itself what it is, and the others `cancelled` or `rank`.
  package func gather(_ parts: [Part], after outcome: Result<Void, Fault>) throws(Fault) {
    let stop = StopFlag()
    var own: Fault?
    if case .failure(let fault) = outcome { own = fault }
    if own != nil { stop.raise() }
    do throws(Fault) { try gather(parts, stop: stop) } catch {
      guard error.kind == .cancelled else { throw error }
      let sentences = try texts(own.map { $0.kind == .cancelled ? "" : $0.sentence } ?? "")
      if let own, own.kind != .cancelled { throw own }
      guard let other = sentences.firstIndex(where: { !$0.isEmpty }) else { throw .cancelled }
      throw Fault(.rank, "rank \(other): \(sentences[other])")
    }
  }

  /// Brings the parts up to date on all processes. Throws `rank` if a process is lost, and
  /// `memory`.
  package func gather(_ parts: [Part]) throws(Fault) {
    var counts = [Int](repeating: 0, count: count)
    for part in parts { counts[part.owner] += part.size }
    let total = counts.reduce(0, +)
    try Self.grow(&own, to: counts[rank])
    try Self.grow(&all, to: total)
    pack(parts)
    try transport.gather(
      UnsafeRawBufferPointer(start: own.base, count: counts[rank]),
      into: UnsafeMutableRawBufferPointer(start: all.base, count: total), counts: counts)
    unpack(parts, counts)
    meetings += 1
    received += total - counts[rank]
  }

  private func pack(_ parts: [Part]) {
    var place = UnsafeMutableRawPointer(own.base)
    for part in parts where part.owner == rank {
      for row in 0..<part.rows {
        place.copyMemory(from: part.base + row * part.stride, byteCount: part.bytes)
        place += part.bytes
      }
    }
  }

  private func unpack(_ parts: [Part], _ counts: [Int]) {
    var places: [UnsafeRawPointer] = []
    var next = UnsafeRawPointer(all.base)
    for count in counts {
      places.append(next)
      next += count
    }
    for part in parts where part.owner != rank {
      for row in 0..<part.rows {
        (part.base + row * part.stride).copyMemory(
          from: places[part.owner], byteCount: part.bytes)
        places[part.owner] += part.bytes
      }
    }
  }

  private static func grow(_ buffer: inout Buffer<UInt8>, to count: Int) throws(Fault) {
    guard count > buffer.count else { return }
    buffer = try Buffer(Size(count), for: "messages between processes")
  }

  /// Returns the bytes of the first process.
  package func pass(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
    var count = bytes.count
    try withUnsafeMutableBytes(of: &count) { (raw) throws(Fault) in try transport.broadcast(raw) }
    guard count > 0 else { return [] }
    var passed = leads ? bytes : [UInt8](repeating: 0, count: count)
    try passed.withUnsafeMutableBufferPointer { (buffer) throws(Fault) in
      try transport.broadcast(UnsafeMutableRawBufferPointer(buffer))
    }
    return passed
  }

  /// Returns the texts of all processes in order.
  package func texts(_ own: String) throws(Fault) -> [String] {
    let bytes = Array(own.utf8)
    let lengths = try Buffer<Int>(Size(count), for: "messages of other processes")
    lengths.base[rank] = bytes.count
    try gather((0..<count).map { Part(lengths.base + $0, count: 1, owner: $0) })
    let most = (0..<count).reduce(1) { max($0, lengths.base[$1]) }
    let texts = try Buffer<UInt8>(Size(most) * count, for: "messages of other processes")
    (texts.base + rank * most).update(from: bytes, count: bytes.count)
    try gather(
      (0..<count).map { Part(texts.base + $0 * most, count: lengths.base[$0], owner: $0) })
    return (0..<count).map { rank in
      String(
        decoding: UnsafeBufferPointer(start: texts.base + rank * most, count: lengths.base[rank]),
        as: UTF8.self)
    }
  }

  /// Returns what the first process decides. Throws `rank` if a process is lost.
  package func agree(_ decision: Bool) throws(Fault) -> Bool {
    var byte: UInt8 = decision ? 1 : 0
    try withUnsafeMutableBytes(of: &byte) { (bytes) throws(Fault) in
      try transport.broadcast(bytes)
    }
    return byte != 0
  }
}
