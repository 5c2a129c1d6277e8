import JSON
import Synchronization
import Tensors

/// Where the reply to one request goes: to the client, into a batch, or, for a notification,
/// nowhere.
struct Ticket: Sendable {
  /// Nil for a notification.
  var id: JSON?
  /// Counts requests; a name for this one that no other has, as an id may be used twice.
  var number: Int
  var dialect: any Dialect = PlainDialect()
  var batch: Batch?
  /// Position within the batch.
  var place = 0
  let outlet: Outlet

  /// Answers the request. To be called exactly once.
  ///
  /// Without `flushing` it is written with the next flush: replies that are ready together leave
  /// together.
  func answer(_ outcome: Result<JSON, Fault>, flushing: Bool = true) {
    guard let id else {
      batch?.fill(place, with: nil)
      return
    }
    guard let outcome = dialect.outcome(outcome) else {
      batch?.fill(place, with: nil)
      outlet.endProgress(of: number)
      return
    }
    let reply = Self.reply(admitted(outcome), to: id == .null && !dialect.writesNullID ? nil : id)
    if let batch {
      batch.fill(place, with: reply)
    } else {
      outlet.send(reply, endingProgressOf: number, flushing: flushing)
    }
  }

  /// The outcome, or that there is no memory for its text: what is written, what waits to be sent,
  /// and room to grow.
  private func admitted(_ outcome: Outcome) -> Outcome {
    guard case .result(let result) = outcome else { return outcome }
    let bytes = result.textBound
    do throws(Fault) {
      try Memory.require(
        Size(bytes) * 4 + Size(outlet.backlog) * 2, for: "a reply of up to \(bytes) bytes",
        hint: "ask for less at a time, or have large arrays written to a path")
      return outcome
    } catch {
      return dialect.outcome(.failure(error)) ?? outcome
    }
  }

  fileprivate static func reply(_ outcome: Outcome, to id: JSON?) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(128)
    text.append(contentsOf: "{\"jsonrpc\":\"2.0\"".utf8)
    if let id {
      text.append(contentsOf: ",\"id\":".utf8)
      id.write(to: &text)
    }
    switch outcome {
    case .result(let result):
      text.append(contentsOf: ",\"result\":".utf8)
      result.write(to: &text)
    case .error(let error):
      text.append(contentsOf: ",\"error\":".utf8)
      error.write(to: &text)
    }
    text.append(UInt8(ascii: "}"))
    return text
  }
}

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

  fileprivate func fill(_ place: Int, with reply: [UInt8]?) {
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
