import Engine
import Glibc
import JSON
import Tensors
import Testing

@testable import Service

@Suite struct Cancelling {
  private let cancel = { (id: JSON) in request("$/cancelRequest", id: nil, ["id": id]) }

  @Test func theRunningRequestDecidesWhatItAnswers() throws {
    let dialogue = try Dialogue()
    dialogue.send(request("work", id: "a"))
    dialogue.waitUntilRunning()
    dialogue.send(cancel("a"))
    #expect(dialogue.take().map { $0["result"]?["stopped"] } == ["cancelled"])
  }

  @Test func aQueuedRequestIsAnsweredAtOnceAndNeverRuns() throws {
    let dialogue = try Dialogue()
    dialogue.send(request("work", id: 1))
    dialogue.waitUntilRunning()
    dialogue.send(request("sum", id: 2, [1]))
    dialogue.send(request("sum", id: 3, [1]))
    dialogue.send(cancel(2))
    #expect(dialogue.take { $0["id"] == 2 }.map(\.code) == [-32800])
    dialogue.send(cancel(1))
    #expect(dialogue.take().map { $0["id"] } == [1, 3])
  }

  @Test func twiceTheSameIdCancelsTheOldest() throws {
    let dialogue = try Dialogue()
    dialogue.send(request("work", id: 1))
    dialogue.waitUntilRunning()
    dialogue.send(request("sum", id: 1, [1]))
    dialogue.send(cancel(1))
    let replies = dialogue.take()
    #expect(replies.map(\.code) == [nil, nil])
    #expect(replies.first?["result"]?["stopped"] == "cancelled")
  }

  @Test func oneOfABatch() throws {
    let dialogue = try Dialogue()
    dialogue.send("[\(request("work", id: 1)),\(request("sum", id: 2)),\(request("sum", id: 3))]")
    while dialogue.conversation.mailbox.count != 2 { usleep(1000) }
    dialogue.send(cancel(2))
    dialogue.send(cancel(1))
    #expect(dialogue.take().first?.elements?.map(\.code) == [nil, -32800, nil])
  }

  @Test(arguments: [nil, JSON.null, [:], [], ["id": 99], ["id": []]])
  func whatIsNotThereDoesNothing(params: JSON?) throws {
    let lines = [request("$/cancelRequest", id: nil, params), request("engine.ping")]
    #expect(try Dialogue.replies(to: lines.joined(separator: "\n")).map(\.code) == [nil])
  }

  @Test func asARequestItHasToSayWhich() throws {
    for params in [nil, JSON.null, [:], ["ID": 1]] as [JSON?] {
      let reply = try Dialogue.replies(to: request("$/cancelRequest", id: 7, params)).first
      #expect(reply?.code == -32602 && reply?["id"] == 7)
      #expect(reply?["error"]?["data"]?["path"] == "id")
    }
    let reply = try Dialogue.replies(to: request("$/cancelRequest", id: 7, ["id": 99])).first
    #expect(reply?["result"] == .null)
  }

  @Test func manyWaitingRequests() throws {
    let dialogue = try Dialogue()
    dialogue.send(request("work", id: 0))
    for id in 1...2000 { dialogue.send(request("sum", id: .int(id))) }
    for id in stride(from: 2, through: 2000, by: 2) { dialogue.send(cancel(.int(id))) }
    dialogue.send(cancel(0))
    let replies = dialogue.take()
    #expect(replies.count == 2001)
    #expect(replies.count { $0.code == -32800 } == 1000)
    #expect(replies.suffix(1000).map { $0["id"] } == (1...1000).map { .int(2 * $0 - 1) })
  }
}

@Suite struct Ending {
  @Test func endOfInputFinishesTheQueue() throws {
    let lines = (1...50).map { request("work", id: .int($0), ["updates": 10]) }
    #expect(try Dialogue.replies(to: lines.joined(separator: "\n")).count == 50)
  }

  @Test(arguments: [
    ("{\"jsonrpc\":\"2.0\",\"id\":1,\"met", [-32700]),
    ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"engine.ping\"},", [-32700]),
    (request("work", ["updates": 5]) + "\n" + "[1", [-32700, nil]),
  ])
  func inTheMiddle(input: String, codes: [Int?]) throws {
    let replies = try Dialogue.replies(to: input)
    #expect(Set(replies.map(\.code)) == Set(codes))
  }

  @Test(arguments: [
    (["shutdown", "exit"], Int32(0), 1), (["exit"], 1, 0), (["shutdown"], 0, 1), ([], 0, 0),
    (["exit", "shutdown"], 1, 0), (["sum", "exit", "sum"], 1, 1),
  ])
  func statuses(methods: [String], status: Int32, replies: Int) throws {
    let dialogue = try Dialogue()
    dialogue.hear(
      Array(
        methods.map { request($0, id: $0 == "exit" ? nil : 1) + "\n" }.joined().utf8))
    #expect(dialogue.conversation.waitForEnd() == status)
    #expect(dialogue.take().count == replies)
  }

  @Test func afterShutdownNothingIsDone() throws {
    let lines = [request("shutdown"), request("sum", id: 2), request("engine.ping", id: 3)]
    let replies = try Dialogue.replies(to: lines.joined(separator: "\n"))
    #expect(replies.first { $0["id"] == 2 }?.code == -32600)
    #expect(replies.first { $0["id"] == 3 }?["result"] == [:])
  }

  @Test func abortingStopsTheRunningAndCancelsTheRest() throws {
    let dialogue = try Dialogue()
    dialogue.send(request("work", id: 1))
    dialogue.waitUntilRunning()
    dialogue.send(request("sum", id: 2))
    dialogue.conversation.abort()
    _ = dialogue.conversation.waitForEnd()
    let replies = dialogue.take()
    #expect(replies.first { $0["id"] == 1 }?["result"]?["stopped"] == "cancelled")
    #expect(replies.first { $0["id"] == 2 }?.code == -32800)
  }
}

/// A client that reads only on request.
private final class SlowSink: Sink {
  private struct State: Sendable {
    var room = 0
    var text: [UInt8] = []
  }
  private let state = Monitor(State())

  func write(_ bytes: UnsafeRawBufferPointer, waiting: Bool) -> Int? {
    if waiting { state.wait { $0.room > 0 } }
    return state.withLock { state in
      let count = min(bytes.count, state.room)
      state.text += bytes.prefix(count)
      state.room -= count
      return count
    }
  }

  func read(_ count: Int) { state.change { $0.room += count } }

  var messages: [JSON] {
    state.withLock { String(decoding: $0.text, as: UTF8.self) }.split(separator: "\n")
      .compactMap { try? JSON(parsing: $0) }
  }
}

@Suite struct Reporting {
  @Test func onlyWhereItWasAskedFor() throws {
    for (params, isAsked) in [
      (["updates": 50] as JSON, false), (["updates": 50, "progress": true], true),
    ] {
      let replies = try Dialogue.replies(to: request("work", id: "x", params))
      #expect((replies.count > 1) == isAsked)
      #expect(replies.last?["id"] == "x")
    }
  }

  @Test func saysWhoseItIs() throws {
    let replies = try Dialogue.replies(
      to: request("work", id: "x", ["updates": 1, "progress": true]))
    #expect(
      replies.first?.line
        == #"{"jsonrpc":"2.0","method":"$/progress","params":{"id":"x","trainer":"run","update":1}}"#
    )
  }

  @Test func aNotificationHasNone() throws {
    let line = request("work", id: nil, ["updates": 50, "progress": true])
    #expect(try Dialogue.replies(to: line) == [])
  }

  @Test func atMostTenASecond() throws {
    let dialogue = try Dialogue()
    let start = Clock.seconds
    dialogue.send(request("work", ["progress": true]))
    while Clock.seconds - start < 0.55 { usleep(1000) }
    dialogue.send(request("$/cancelRequest", id: nil, ["id": 1]))
    let count = dialogue.take().count - 1
    #expect((1...Int((Clock.seconds - start) * 10) + 1).contains(count))
  }

  @Test func allOfItInADeterministicRun() throws {
    var configuration = Configuration()
    configuration.isDeterministic = true
    let line = request("work", ["updates": 500, "progress": true])
    let replies = try Dialogue.replies(to: line, configuration)
    #expect(replies.count == 501)
  }

  @Test func theNewestReplacesOneThatWaits() {
    let sink = SlowSink()
    let outlet = Outlet(sink)
    let progress = { (update: Int) in JSON.int(update).bytes }
    sink.read(2)
    outlet.send(Array("1000".utf8))
    for update in 1...9 { outlet.sendProgress(progress(update), of: 1) }
    for update in 11...19 { outlet.sendProgress(progress(update), of: 2) }
    sink.read(1000)
    outlet.drain()
    #expect(sink.messages == [1000, 9, 19])
  }

  @Test func neverAfterTheReply() {
    let sink = SlowSink()
    let outlet = Outlet(sink)
    outlet.send(Array("1000".utf8))
    for update in 1...9 { outlet.sendProgress(JSON.int(update).bytes, of: 1) }
    outlet.send(Array("2000".utf8), endingProgressOf: 1)
    sink.read(1000)
    outlet.drain()
    #expect(sink.messages == [1000, 2000])
  }
}

@Suite struct SlowReaders {
  @Test func everyReplyArrives() throws {
    let pipe = try Pipe()
    let conversation = Conversation(household, to: DescriptorSink(descriptor: pipe.writing))
    try conversation.start()
    let lines = (1...64).map { request("work", id: .int($0), ["updates": 1, "size": 262_144]) }
    let input = lines.joined(separator: "\n")
    let isStarted = Thread.start {
      var listener = conversation.listener()
      Array(input.utf8).withUnsafeBytes { listener.take($0) }
      listener.finish()
    }
    #expect(isStarted)
    // More than a pipe holds must be pending before the first byte is read.
    while conversation.outlet.backlog < 1 << 20 { usleep(1000) }
    let isReading = Thread.start {
      _ = conversation.waitForEnd()
      close(pipe.writing)
    }
    #expect(isReading)
    let replies = String(decoding: pipe.read(upTo: .max), as: UTF8.self).split(separator: "\n")
    #expect(replies.count == 64)
    #expect(
      replies.enumerated().allSatisfy {
        $1.hasPrefix("{\"jsonrpc\":\"2.0\",\"id\":\($0 + 1),")
      })
  }

  @Test func theWorkWaitsWhenTooMuchIsUnread() throws {
    let sink = SlowSink()
    let conversation = Conversation(household, to: sink, unread: 1 << 20)
    try conversation.start()
    let isStarted = Thread.start {
      var listener = conversation.listener()
      for id in 1...100 {
        let line = request("work", id: .int(id), ["updates": 1, "size": 65_536]) + "\n"
        Array(line.utf8).withUnsafeBytes { listener.take($0) }
      }
      listener.finish()
    }
    #expect(isStarted)
    while conversation.outlet.hasRoom { usleep(1000) }
    let start = Clock.seconds
    while Clock.seconds - start < 0.1 { usleep(1000) }
    #expect(conversation.outlet.backlog <= 2 << 20)
    sink.read(.max / 2)
    #expect(conversation.waitForEnd() == 0)
    #expect(sink.messages.map { $0["id"] } == (1...100).map { .int($0) })
  }

  @Test func theQueueIsBounded() throws {
    let mailbox = Mailbox(bound: 2000)
    let outlet = Outlet(Transcript())
    let job = { (size: Int) in
      Job(
        Ticket(id: 1, number: 1, outlet: outlet),
        .run(Method(Sum.self), .string(String(repeating: "x", count: size))))
    }
    #expect(mailbox.post(job(5000), waiting: false), "however large, one may wait")
    #expect(!mailbox.post(job(1), waiting: false))
    guard case .job = mailbox.take(waiting: true) else { throw Fault(.internal, "no job") }
    #expect(mailbox.post(job(1), waiting: false))
    #expect(mailbox.post(job(1), waiting: false))
    #expect(mailbox.post(job(1), waiting: false))
    #expect(!mailbox.post(job(1), waiting: false))
    #expect(mailbox.cancel(1) == nil, "the running one is told")
    #expect(mailbox.finish() == nil)
    #expect(mailbox.cancel(1) != nil)
    #expect(mailbox.post(job(1), waiting: false), "what was cancelled makes room")
  }

  @Test func aReaderThatIsGoneHoldsNobodyUp() throws {
    struct Broken: Sink {
      func write(_: UnsafeRawBufferPointer, waiting: Bool) -> Int? { nil }
    }
    let conversation = Conversation(household, to: Broken())
    try conversation.start()
    var listener = conversation.listener()
    let line = request("work", ["updates": 1, "size": 1_048_576]) + "\n"
    for _ in 0..<100 { Array(line.utf8).withUnsafeBytes { listener.take($0) } }
    listener.finish()
    #expect(conversation.waitForEnd() == 0)
    #expect(conversation.outlet.isClosed)
  }
}
