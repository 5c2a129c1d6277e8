import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// Clients that are slow, greedy or unresponsive. None of them may hang the engine, and every reply
/// arrives.
@Suite(.serialized) struct AwkwardClients {
  private static let count = 10_000

  /// Numbered requests with long and short replies.
  private static let requests = (0..<count).map { number in
    request(["data.list", "engine.info", "engine.ping"][number % 3], id: .int(number))
  }

  private func expectAll(_ text: String, count: Int = count) {
    let ids = text.split(separator: "\n").compactMap { line -> Int? in
      guard case .int(let id) = try? json(String(line))["id"] else { return nil }
      return id
    }
    #expect(ids.sorted() == Array(0..<count))
    // Only pings overtake.
    let others = ids.filter { $0 % 3 != 2 }
    #expect(others == others.sorted())
  }

  @Test func writesTenThousandBeforeReading() throws {
    let child = try Child(["serve"])
    #expect(child.send(bytes: Array((Self.requests.joined(separator: "\n") + "\n").utf8)))
    // Its replies exceed the capacity of a pipe many times.
    child.closeInput()
    expectAll(child.rest())
    #expect(child.end() == 0)
  }

  @Test func readsSlowly() throws {
    let child = try Child(["serve"])
    #expect(child.send(bytes: Array((Self.requests.joined(separator: "\n") + "\n").utf8)))
    child.closeInput()
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 10)
    while true {
      // Reads a first part in small steps; the whole would take minutes in this way.
      if text.count < 1 << 18 { usleep(1000) } else { buffer = .init(repeating: 0, count: 1 << 16) }
      let count = read(child.output, &buffer, buffer.count)
      if count <= 0 { break }
      text += buffer.prefix(count)
    }
    expectAll(String(decoding: text, as: UTF8.self))
    #expect(child.end() == 0)
  }

  @Test func writesAByteAtATime() throws {
    let child = try Child(["serve"])
    let lines = Self.requests.prefix(200).joined(separator: "\n") + "\n"
    for byte in lines.utf8 { #expect(child.send(bytes: [byte])) }
    child.closeInput()
    expectAll(child.rest(), count: 200)
    #expect(child.end() == 0)
  }

  /// stderr is full from the start and is never read.
  @Test func neverReadsStderr() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    defer { for end in ends { close(end) } }
    let page = [UInt8](repeating: 0x78, count: 4096)
    while write(ends[1], page, page.count) > 0 {}
    // The child's end blocks, as pipes do by default.
    _ = fcntl(ends[1], F_SETFL, 0)
    let child = try Child(["serve"], errors: ends[1])
    child.send(SmallTraining.setup.joined(separator: "\n"))
    child.send(request("trainer.step", id: "step", ["trainer": "t", "updates": 100]))
    child.send("not json")
    child.send(request("plot.curves", id: "plot", ["trainer": "t"]))
    // An engine that hangs sends no reply at all.
    try #require(child.reply(to: "step")?["result"]?["updates"] == 100)
    #expect(child.reply(to: "plot") != nil)
    child.signal(SIGINT)
    #expect(child.call("engine.ping")?["result"] == [:])
    child.closeInput()
    #expect(child.end() == 0)
  }
}
