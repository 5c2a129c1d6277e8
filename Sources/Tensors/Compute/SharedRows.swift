import JSON

/// Rows of which each of several processes has a share.
package protocol SharedRows: AnyObject {
  /// Brings the named rows to all processes, which make this call together. The fault of
  /// `checkpoint` on one of them is one of all.
  func meet(
    _ names: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault)
}

/// Rows that are known as long as somebody uses them.
struct WeakRows {
  weak var rows: (any SharedRows)?
}

/// All processes bring rows together. Where the first one runs a method alone, it passes on the
/// names of the rows that it needs, and the others, which wait for its orders, bring them.
extension Ranks {
  /// Returns a number for rows to come, of which each process has a share: the same on all
  /// processes, which make this call together.
  package func numberOfRows() -> UInt64 {
    sharedRowsCount += 1
    return sharedRowsCount
  }

  /// Finds rows by their number from now on.
  package func know(_ rows: any SharedRows, as number: UInt64) {
    sharedRows = sharedRows.filter { $0.value.rows != nil }
    sharedRows[number] = WeakRows(rows: rows)
  }

  /// Brings the named rows of those with a number to all processes. Throws what `checkpoint`
  /// throws, `rank` where another process cannot take them, and `memory`.
  package func bring(
    _ names: UnsafeBufferPointer<UInt32>, of rows: any SharedRows, _ number: UInt64,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    if isTogether { return try rows.meet(names, checkpoint) }
    try checkpoint()
    var order = [Self.orderOfRows]
    withUnsafeBytes(of: number) { order += $0 }
    order += UnsafeRawBufferPointer(names)
    _ = try pass(order)
    try rows.meet(names) {}
  }

  /// Returns whether the first process orders to bring rows.
  package static func isOfRows(_ order: [UInt8]) -> Bool { order.first == orderOfRows }

  /// Brings the rows that the first process has ordered, which is told of a fault. Throws
  /// `internal` for rows that are not known.
  package func obey(_ order: [UInt8]) throws(Fault) {
    let number = order.withUnsafeBytes {
      $0.count < 9 ? 0 : $0.loadUnaligned(fromByteOffset: 1, as: UInt64.self)
    }
    guard let rows = sharedRows[number]?.rows else {
      throw Fault(.internal, "rank \(rank) does not have the rows that it is to bring")
    }
    var names = [UInt32](repeating: 0, count: (order.count - 9) / 4)
    names.withUnsafeMutableBytes { $0.copyBytes(from: order.dropFirst(9)) }
    try? names.withUnsafeBufferPointer { (names) throws(Fault) in try rows.meet(names) {} }
  }

  /// The first byte of an order to bring rows; no other order begins with it.
  private static let orderOfRows: UInt8 = 0xFF
}
