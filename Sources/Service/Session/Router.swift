import Declarations
import Engine
import Files
import JSON
import Synchronization
import Tensors

/// Decides for each message whether it gets a reply at once, or goes to the worker's queue.
///
/// It runs on the reading thread. `engine.ping`, `engine.stats` and `$/cancelRequest` overtake the
/// queue, and so do messages that are not requests; in a deterministic run only the cancel does, so
/// that replies keep one order.
final class Router: Sendable {
  private let methods: [String: Method]
  private let context: ModelContext
  private let configuration: Configuration
  private let mailbox: Mailbox
  private let outlet: Outlet
  private let recorder: Recorder?
  private let statistics: Statistics
  /// The number of messages so far, which also distinguishes two requests with one id.
  private let count = Atomic(0)
  /// The number of open brackets of a message over several lines, whose first line was refused.
  private let unclosed = Atomic(0)

  init(
    _ methods: [Method], _ configuration: Configuration, mailbox: Mailbox, outlet: Outlet,
    recorder: Recorder?
  ) {
    self.methods = Dictionary(methods.map { ($0.name, $0) }) { first, _ in first }
    context = ModelContext(methods)
    self.configuration = configuration
    self.mailbox = mailbox
    self.outlet = outlet
    self.recorder = recorder
    statistics = Statistics(configuration, mailbox)
  }

  /// The example in the reply to text that is not JSON, which is mostly typed by hand, or in
  /// several lines.
  private static let example =
    #"a request is one line, as in {"jsonrpc":"2.0","id":1,"method":"engine.ping"}"#

  /// Whether pings may be recognised by their bytes: they overtake the queue, and are not recorded.
  private var isPlain: Bool { !configuration.isDeterministic && recorder == nil }

  /// Takes one message from the input. Blocks while the queue is full.
  func receive(_ frame: Frame) {
    switch frame {
    case .message(let text):
      if isPlain, context.revision == nil, let id = PlainPing.id(in: text) {
        unclosed.store(0, ordering: .relaxed)
        count.add(1, ordering: .relaxed)
        return outlet.send(PlainPing.reply(to: id), flushing: false)
      }
      do throws(Fault) {
        let message = try JSON(parsing: text, limits: configuration.limits) {
          (bytes) throws(Fault) in
          // A recording copies the text twice.
          try Memory.require(
            Size(bytes) + (recorder == nil ? 0 : 2 * text.count),
            for: "a message of \(text.count) bytes",
            hint: "send large arrays as a file, by path")
        }
        recorder?.noteIn(text, isJSON: true)
        if isContinuation(text, message) { return }
        route(message)
      } catch {
        if error.kind == .memory {
          recorder?.noteIn(oversized: text.count, Self.id(in: text, error))
        } else {
          recorder?.noteIn(text, isJSON: false)
        }
        if isContinuation(text) { return }
        var fault = error
        if fault.kind == .syntax {
          unclosed.store(max(0, Brackets.balance(of: text)), ordering: .relaxed)
          fault.message = fault.message.exchanging("\u{FEFF}", for: "U+FEFF")
        }
        if fault.kind == .syntax, context.revision == nil {
          fault.hint = fault.hint ?? Self.example
        }
        refuse(fault, id: Self.id(in: text, fault))
      }
    case .oversized(let bytes, let id):
      recorder?.noteIn(oversized: bytes, id)
      refuse(
        Fault(
          .lineTooLarge,
          "a message may have \(configuration.limits.line) bytes, this one has \(bytes)",
          expected: "at most \(configuration.limits.line) bytes", got: "\(bytes) bytes",
          hint: "send large arrays as a file, by path"), id: id)
    case .unheld(let fault, let bytes, let id):
      recorder?.noteIn(oversized: bytes, id)
      refuse(fault, id: id)
    case .header: outlet.useHeaders()
    case .malformed(let message):
      refuse(Fault(.request, message, expected: "Content-Length: N, a blank line, N bytes"))
    }
  }

  /// Returns whether a line belongs to a message over several lines, which has been refused as a
  /// whole. A line that is a request by itself does not.
  private func isContinuation(_ text: UnsafeRawBufferPointer, _ message: JSON? = nil) -> Bool {
    let open = unclosed.load(ordering: .relaxed)
    guard open > 0 else { return false }
    let isRequest = (message?.elements?.first ?? message)?["jsonrpc"] != nil
    guard !isRequest, Brackets.continues(text) else {
      unclosed.store(0, ordering: .relaxed)
      return false
    }
    unclosed.store(max(0, open + Brackets.balance(of: text)), ordering: .relaxed)
    return true
  }

  /// Returns the id of a message that is JSON, but is refused because something in it is too large.
  private static func id(in text: UnsafeRawBufferPointer, _ fault: Fault) -> JSON? {
    switch fault.kind {
    case .lineTooLarge, .memory, .number: LeadingID.find(in: text)
    default: nil
    }
  }

  private func route(_ message: JSON) {
    guard case .array(let messages) = message else {
      return route(message, ticket(nil))
    }
    let limit = configuration.limits.batch
    if messages.isEmpty {
      refuse(Fault(.request, "expected requests, got an empty batch", expected: "requests"))
    } else if messages.count > limit {
      refuse(
        Fault(
          .lineTooLarge, "a batch may have \(limit) requests, this one has \(messages.count)",
          expected: "at most \(limit) requests", got: "\(messages.count) requests"))
    } else if let revision = context.revision, !revision.allowsBatches {
      refuse(batch: messages, revision)
    } else {
      let batch = Batch(of: messages.count, outlet)
      for (place, message) in messages.enumerated() {
        var ticket = ticket(nil)
        ticket.batch = batch
        ticket.place = place
        route(message, ticket)
      }
    }
  }

  private func route(_ message: JSON, _ ticket: Ticket) {
    var ticket = ticket
    // A response by the client is not for the engine, which asks nothing.
    if message.isResponse { return ticket.answer(.success(.null)) }
    let request: Request
    do throws(Fault) { request = try Request(message, id: &ticket.id) } catch {
      ticket.dialect = context.dialect
      return answerAtOnce(ticket, .failure(error))
    }
    switch context.read(request, &ticket) {
    case .foreign: break
    case .answer(let outcome): return answerAtOnce(ticket, outcome)
    case .call(let method, let arguments): return serve(method, arguments, ticket)
    case .notification(let cancelled):
      if let cancelled { cancel(cancelled) }
      return ticket.answer(.success(.null))
    }
    switch request.method {
    case "$/cancelRequest":
      guard let id = request.params["id"] ?? request.params.elements?.first else {
        return ticket.answer(.failure(Self.nothingToCancel))
      }
      cancel(id)
      ticket.answer(.success(.null))
    case "exit": post(Job(ticket, .exit))
    case "initialize": post(Job(ticket, .answer(.success(Editors.greeting))))
    case "initialized": post(Job(ticket, .answer(.success(.null))))
    case "shutdown": post(Job(ticket, .shutdown))
    case let name:
      guard let method = methods[name] else {
        return post(Job(ticket, .answer(.failure(unknown(name)))))
      }
      do throws(Fault) {
        serve(method, try named(request.params, of: method), ticket)
      } catch { post(Job(ticket, .answer(.failure(error)))) }
    }
  }

  private func serve(_ method: Method, _ params: JSON, _ ticket: Ticket) {
    switch method.name {
    case EnginePing.method:
      // Decoding an empty object would take longer than the rest.
      let outcome =
        params == .object([])
        ? .success(params)
        : Result { () throws(Fault) in try EnginePing.Params(json: params).json }
      answerAtOnce(ticket, outcome)
    case EngineStats.method:
      answerAtOnce(ticket, statistics.answer(params, requests: ticket.number))
    default: post(Job(ticket, .run(method, params)))
    }
  }

  private static let nothingToCancel = Fault.misfit(
    expected: "the id of a request", got: "nothing", at: "id",
    hint: "add \"id\", that of the request to cancel")

  private func cancel(_ id: JSON) {
    if let job = mailbox.cancel(id) { job.ticket.answer(.failure(.cancelledBeforeItBegan)) }
  }

  /// Returns parameters by name; an array is read by position, in the order of the declaration.
  private func named(_ params: JSON, of method: Method) throws(Fault) -> JSON {
    switch params {
    case .null: return .object([])
    case .array(let values):
      let names = method.parameters
      guard values.count <= names.count else {
        throw Fault(
          .params, "expected at most \(names.count) parameters, got \(values.count)",
          path: "[\(names.count)]",
          expected: names.isEmpty ? "no parameters" : names.joined(separator: ", "),
          got: "\(values.count) parameters")
      }
      return .object(zip(names, values).map { JSON.Member($0, $1) })
    default: return params
    }
  }

  private func unknown(_ name: String) -> Fault {
    let excerpt = JSON.string(name).excerpt
    return Fault(
      .method, "no such method: \(excerpt)", got: excerpt,
      hint: hint(forMethod: name))
  }

  /// Suggests a method of the same family if there is one, else any method; otherwise says where
  /// methods are listed.
  private func hint(forMethod name: String) -> String {
    let known = methods.keys.sorted()
    let family = name.prefix { $0 != "." } + "."
    let members = known.filter { $0.hasPrefix(family) }
    guard !members.isEmpty else {
      return suggestion(for: name, among: known) ?? "rpc.discover lists all methods"
    }
    let rest = { (name: String) in String(name.dropFirst(family.count)) }
    return nearest(to: rest(name), among: members.map(rest))
      .map { "did you mean \"\(family)\($0)\"?" } ?? "known: \(members.joined(separator: ", "))"
  }

  private func refuse(_ fault: Fault, id: JSON? = nil) {
    var ticket = ticket(id ?? .null)
    ticket.dialect = context.dialect
    answerAtOnce(ticket, .failure(fault))
  }

  /// Refuses each request of a batch separately, because the client would not understand a list of
  /// replies.
  private func refuse(batch messages: [JSON], _ revision: Revision) {
    let fault = Fault(
      .request, "revision \(revision.rawValue) has no batches", expected: "one message a line",
      got: "a list of \(messages.count)")
    let ids = messages.compactMap { $0["id"] }.filter(\.isRequestID)
    if ids.isEmpty { return refuse(fault) }
    for id in ids {
      var ticket = ticket(id)
      ticket.dialect = context.dialect
      answerAtOnce(ticket, .failure(fault))
    }
  }

  private func ticket(_ id: JSON?) -> Ticket {
    let number = count.add(1, ordering: .relaxed).newValue
    return Ticket(id: id, number: number, outlet: outlet)
  }

  private func answerAtOnce(_ ticket: Ticket, _ outcome: Result<JSON, Fault>) {
    if configuration.isDeterministic {
      post(Job(ticket, .answer(outcome)))
    } else {
      ticket.answer(outcome, flushing: false)
    }
  }

  private func post(_ job: Job) {
    if let most = configuration.allowance.pending, !mailbox.hasPlace(beside: most),
      let refusal = job.refusal(beyond: most)
    {
      return job.ticket.answer(refusal, flushing: false)
    }
    if mailbox.post(job, waiting: false) { return }
    // The thread is about to wait, and nothing else would write the replies so far.
    outlet.flush()
    _ = mailbox.post(job, waiting: true)
  }
}
