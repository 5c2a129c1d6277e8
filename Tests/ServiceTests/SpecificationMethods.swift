import Declarations
import Engine
import Glibc
import JSON
import Synchronization

@testable import Service

/// A reply that is any JSON value: the specification's methods return numbers and lists.
struct Plain: Answer {
  let value: JSON
  init(_ value: JSON = .null) { self.value = value }
  static let members: [Member<Plain>] = []
  var json: JSON { value }
}

extension Progress {
  /// Returns the report of a run after `update` updates.
  static func at(_ update: Int) -> Progress {
    Progress(trainer: "run", update: update, updates: nil, elbo: nil, updatesPerSecond: nil)
  }
}

struct Operands: Described {
  var minuend = 0
  var subtrahend = 0
  init() {}
  static let fields: [Field<Operands>] = [
    Field("minuend", \.minuend, "What is taken from.", required: true),
    Field("subtrahend", \.subtrahend, "What is taken away.", required: true),
  ]
}

/// `subtract` of the JSON-RPC 2.0 specification.
enum Subtract: Command {
  static let method = "subtract"
  static let effect = Effect.reads
  static let summary = "Takes one number from another."
  static func run(_ params: Operands, in: Session, _: Call) throws(Fault) -> Plain {
    Plain(.int(params.minuend &- params.subtrahend))
  }
}

struct Numbers: Described {
  var a = 0
  var b = 0
  var c = 0
  var d = 0
  var e = 0
  init() {}
  static let fields: [Field<Numbers>] = [
    Field("a", \.a, "First."), Field("b", \.b, "Second."), Field("c", \.c, "Third."),
    Field("d", \.d, "Fourth."), Field("e", \.e, "Fifth."),
  ]
}

enum Sum: Command {
  static let method = "sum"
  static let effect = Effect.reads
  static let summary = "Adds up numbers."
  static func run(_ params: Numbers, in: Session, _: Call) throws(Fault) -> Plain {
    Plain(.int(params.a &+ params.b &+ params.c &+ params.d &+ params.e))
  }
}

enum Update: Command {
  static let method = "update"
  static let effect = Effect.reads
  static let summary = "Takes five numbers."
  static func run(_: Numbers, in: Session, _: Call) throws(Fault) -> Plain { Plain() }
}

enum NotifyHello: Command {
  static let method = "notify_hello"
  static let effect = Effect.reads
  static let summary = "Takes a number."
  static func run(_: Numbers, in: Session, _: Call) throws(Fault) -> Plain { Plain() }
}

enum GetData: Command {
  static let method = "get_data"
  static let effect = Effect.reads
  static let summary = "Answers a list."
  static func run(_: Nothing, in: Session, _: Call) throws(Fault) -> Plain {
    Plain(["hello", 5])
  }
}

struct Work: Described {
  var updates = 0
  var size = 0
  var ignoresStop = false
  var progress = false
  init() {}
  static let fields: [Field<Work>] = [
    Field("updates", \.updates, "How often to report; 0: until it is stopped."),
    Field("size", \.size, "Length of the text in the reply."),
    Field("ignoresStop", \.ignoresStop, "Never look at the stop flag."),
    Field("progress", \.progress, "Report progress."),
  ]
}

/// Runs until it is told to stop, or for a number of updates.
enum LongWork: Command {
  static let method = "work"
  static let effect = Effect.reads
  static let summary = "Takes as long as it is let."
  static func run(_ work: Work, in: Session, _ call: Call) throws(Fault) -> Plain {
    var update = 0
    while work.updates == 0 || update < work.updates {
      if call.stop.isRaised { return Plain(["update": .int(update), "stopped": "cancelled"]) }
      update += 1
      call.report(.at(update))
      if work.updates == 0 { usleep(100) }
    }
    return Plain([
      "update": .int(update), "text": .string(String(repeating: "x", count: work.size)),
    ])
  }
}

enum Fail: Command {
  static let method = "fail"
  static let effect = Effect.reads
  static let summary = "Fails with everything that a fault can say."
  static func run(_: Nothing, in: Session, _: Call) throws(Fault) -> Plain {
    throw Fault(
      .shape, "expected 8, got 9", path: "encoder[2].units", expected: "8", got: "9", hint: "less")
  }
}

/// The methods for the tests.
let household: [Method] =
  [
    Method(Fail.self), Method(GetData.self), Method(LongWork.self), Method(NotifyHello.self),
    Method(Subtract.self), Method(Sum.self), Method(Update.self),
  ] + served.map(\.checked)

/// A conversation within the process.
final class Dialogue: Sendable {
  let conversation: Conversation
  let transcript: Transcript

  init(_ configuration: Configuration = Configuration(), recorder: Recorder? = nil) throws {
    let transcript = Transcript()
    self.transcript = transcript
    conversation = Conversation(household, configuration, to: transcript, recorder: recorder)
    try conversation.start(onIdle: { transcript.wake() })
  }

  deinit { conversation.abort() }

  /// Sends bytes to a separate listener, as a whole stream.
  func hear(_ bytes: [UInt8], by step: Int = .max) {
    var listener = conversation.listener()
    bytes.withUnsafeBytes { all in
      var rest = all[...]
      while !rest.isEmpty {
        let part = rest.prefix(min(step, rest.count))
        listener.take(UnsafeRawBufferPointer(rebasing: part))
        rest = rest[part.endIndex...]
      }
    }
    listener.finish()
  }

  func send(_ line: String) {
    Array(line.utf8).withUnsafeBytes { conversation.router.receive(.message($0)) }
    conversation.outlet.flush()
  }

  /// Returns the messages once one matches; without a condition, once every request has its reply.
  func take(until matches: (JSON) -> Bool = { _ in false }) -> [JSON] {
    transcript.take(orWhen: { conversation.mailbox.isIdle }, until: matches)
  }

  /// Waits until the worker runs a request and none is queued.
  func waitUntilRunning() {
    while conversation.mailbox.isIdle || conversation.mailbox.count > 0 { usleep(1000) }
  }

  /// Returns the replies to one stream of input.
  static func replies(to input: String, _ configuration: Configuration = Configuration()) throws
    -> [JSON]
  {
    let dialogue = try Dialogue(configuration)
    dialogue.hear(Array(input.utf8))
    return dialogue.take()
  }
}

/// Returns a request as a line.
func request(_ method: String, id: JSON? = 1, _ params: JSON? = nil) -> String {
  var members: [JSON.Member] = [.init("jsonrpc", "2.0")]
  if let id { members.append(.init("id", id)) }
  members.append(.init("method", .string(method)))
  if let params { members.append(.init("params", params)) }
  return JSON.object(members).line
}

extension JSON {
  var code: Int? {
    guard case .int(let code) = self["error"]?["code"] else { return nil }
    return code
  }

  /// Returns the same with the members of every object in alphabetical order, for comparisons.
  var sorted: JSON {
    switch self {
    case .object(let members):
      .object(
        members.map { Member($0.name, $0.value.sorted) }.sorted { $0.name < $1.name })
    case .array(let elements): .array(elements.map(\.sorted))
    default: self
    }
  }
}
