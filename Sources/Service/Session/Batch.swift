import Files
import JSON
import Synchronization
import Tensors

/// The replies to a batch, which are sent together once the last is there, in the order of the
/// requests.
final class Batch: Sendable {
  private struct State {
    var replies: [[UInt8]?]
    var missing: Int
    var bytes = 0
  }

  /// What the replies of one batch may come to: they have to be held until all are there.
  private static let limit = 64 << 20

  private let state: Mutex<State>
  private let outlet: Outlet

  init(of count: Int, _ outlet: Outlet) {
    state = Mutex(State(replies: Array(repeating: nil, count: count), missing: count))
    self.outlet = outlet
  }

  func fill(_ place: Int, with reply: [UInt8]?) {
    let whole = state.withLock { state -> [UInt8]? in
      state.replies[place] = reply
      state.bytes += reply?.count ?? 0
      state.missing -= 1
      guard state.missing == 0 else { return nil }
      let replies = state.replies.compactMap(\.self)
      return replies.isEmpty ? nil : [UInt8]("[".utf8) + replies.joined(separator: [0x2C]) + [0x5D]
    }
    if let whole { outlet.send(whole) }
  }

  /// What a further reply is refused with, once those that are held fill the room there is.
  var fault: Fault? {
    let bytes = state.withLock { $0.bytes }
    let hint = "send the requests outside a batch, or have large arrays written to a path"
    guard bytes < Self.limit else {
      return Fault(
        .resultTooLarge, "the replies of this batch fill \(Self.limit >> 20) MiB", hint: hint)
    }
    // At the end they are put together.
    do throws(Fault) {
      try Memory.require(Size(bytes) * 4, for: "the replies of this batch", hint: hint)
      return nil
    } catch { return error }
  }
}
