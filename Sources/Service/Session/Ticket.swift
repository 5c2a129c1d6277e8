import Files
import JSON
import Tensors

/// The destination of one reply: the client, a batch or, for a notification, none.
struct Ticket: Sendable {
  /// Nil for a notification.
  var id: JSON?
  /// The request's number, which is unique, whereas an id may be used twice.
  var number: Int
  var dialect: any Dialect = PlainDialect()
  var batch: Batch?
  /// The position within the batch.
  var place = 0
  let outlet: Outlet

  /// Replies to the request. Must be called exactly once.
  ///
  /// Without `flushing` the reply is written with the next flush, so that replies that are ready
  /// together are sent together.
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

  /// Returns the outcome, or a fault if there is no memory for its text: what is written, what is
  /// still to be sent, and room to grow.
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
