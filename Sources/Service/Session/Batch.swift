import Files
import JSON
import Synchronization
import Tensors

/// The replies to a batch, which are sent together once all are there, in the order of the
/// requests.
final class Batch: Sendable {
  private struct State {
    var replies: [[UInt8]?]
    var missing: Int
    var bytes = 0
  }

  /// The maximum size of a batch's replies, which are held until all are there.
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

  /// The fault for a further reply once the held ones have reached the limit.
  var fault: Fault? {
    let bytes = state.withLock { $0.bytes }
    let hint = "send the requests outside a batch, or have large arrays written to a path"
    guard bytes < Self.limit else {
      return Fault(
        .resultTooLarge, "the replies of this batch fill \(Self.limit >> 20) MiB", hint: hint)
    }
    // The replies are joined at the end.
    do throws(Fault) {
      try Memory.require(Size(bytes) * 4, for: "the replies of this batch", hint: hint)
      return nil
    } catch { return error }
  }
}
