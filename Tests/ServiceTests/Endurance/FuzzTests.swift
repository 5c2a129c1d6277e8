import Engine
import Glibc
import JSON
import Testing

@testable import Service

/// Mutations of the recorded transcripts: the process never ends, every request with an id gets one answer, every line is
/// strict JSON that its schema allows.
@Suite(.serialized) struct Fuzz {
  /// Messages of the recorded transcripts, by transcript, with their files in one flat folder.
  private static let transcripts: [[JSON]] = {
    let root = String(#filePath.dropLast("/Tests/ServiceTests/Endurance/FuzzTests.swift".count))
    let folder = "\(root)/protocols/transcripts"
    return names(in: folder).filter { $0.hasSuffix(".ndjson") }.map { name in
      let text = (try? contents(of: "\(folder)/\(name)")) ?? ""
      let messages = (try? Log(text))?.lines.compactMap { line -> JSON? in
        guard case .message(let message) = line.entry else { return nil }
        let ends = ["shutdown", "exit", "initialize"].contains(message["method"]?.text)
        return ends ? nil : message.flat
      }
      return messages ?? []
    }
  }()

  @Test func everyRequestGetsItsAnswer() throws {
    try #require(Self.transcripts.count > 8 && Self.transcripts.allSatisfy { $0.count > 5 })
    let folder = "/tmp/elbo-test-\(getpid())-fuzz"
    mkdir(folder, 0o755)
    defer { remove(allOf: folder) }
    let total = Repetition.times(10_000, long: 1_000_000)
    let start = Clock.seconds
    var sent = 0
    var sessions: UInt64 = 0
    var slowest = 0.0
    while sent < total {
      let seed = Repetition.seed &+ sessions
      var session = try FuzzSession(Self.transcripts, seed: seed, in: folder)
      do { try session.run() } catch {
        Issue.record("ELBO_SEED=\(seed): \(error)")
        return
      }
      sent += session.sent
      slowest = max(slowest, session.slowest)
      sessions += 1
    }
    figure(
      "\(sent) mutated messages in \(sessions) processes, \(Int(Clock.seconds - start)) s,"
        + " the slowest twenty took \((slowest * 10).rounded() / 10) s")
  }

  private func remove(allOf folder: String) {
    for name in Self.names(in: folder) { Glibc.remove("\(folder)/\(name)") }
    rmdir(folder)
  }

  private static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// One process, and what it is told: a transcript with every other message changed, then messages of all of them.
private struct FuzzSession {
  private let child: Child
  private var mutation: Mutation
  private let script: [JSON]
  private(set) var sent = 0
  private(set) var slowest = 0.0

  init(_ transcripts: [[JSON]], seed: UInt64, in folder: String) throws {
    var dice = Dice(seed)
    // The self-test takes no parameters, and a hundred times as long as all else together.
    let all = transcripts.joined().filter { $0["method"] != "engine.selfTest" }
    script =
      transcripts[dice.below(transcripts.count)] + (0..<200).map { _ in all[dice.below(all.count)] }
    mutation = Mutation(dice: dice, corpus: all)
    // Memory is limited, so that a size that nobody checks ends the process and not the machine; there is no gnuplot.
    child = try Child(
      ["-c", "cd \"$1\" && ulimit -v 6000000 && exec \"$0\" serve", Child.binary, folder],
      of: "/bin/sh", in: ["PATH=/nonexistent"])
    // The first byte decides how messages are framed, and a mutation may well begin with the letter of a header.
    guard child.call("engine.ping")?["result"] == [:] else { throw Unanswered("no ping", []) }
  }

  mutating func run() throws {
    var rest = script[...]
    while !rest.isEmpty {
      try exchange(Array(rest.prefix(20)))
      rest = rest.dropFirst(20)
    }
    child.closeInput()
    guard child.end() == 0 else { throw Unanswered("it did not end with 0", []) }
  }

  /// Sends some messages at once, and takes what comes until the last of them must have been answered.
  private mutating func exchange(_ messages: [JSON]) throws {
    var expectation = Expectation()
    var lines: [[UInt8]] = []
    for message in messages {
      let line = mutation.line(of: message.with(id: .int(sent)))
      sent += 1
      lines.append(line)
      expectation.expect(line)
    }
    // In its turn, behind all others.
    let last = request("data.list", id: "last")
    expectation.add("last")
    lines.append(Array(last.utf8))
    let start = Clock.seconds
    guard child.send(bytes: Array(lines.joined(separator: [0x0A])) + [0x0A]) else {
      throw Unanswered("it has gone", lines)
    }
    var patience = 1.0
    while true {
      guard let line = child.line(within: patience) else {
        // What a mutation made endless is cancelled, as a client would.
        if child.end(within: 0) != nil || Clock.seconds - start > 120 {
          throw Unanswered("it has gone, or hangs", lines)
        }
        child.signal(SIGINT)
        patience = 1.2
        continue
      }
      let message = try json(line)
      if message["method"] != nil { continue }
      if let misfit = expectation.misfit(of: message) { throw Unanswered(misfit, lines) }
      if message["id"] == "last" { break }
    }
    slowest = max(slowest, Clock.seconds - start)
    if !expectation.ids.isEmpty { throw Unanswered("unanswered: \(expectation.ids)", lines) }
  }

  private struct Unanswered: Error, CustomStringConvertible {
    let description: String
    init(_ what: String, _ lines: [[UInt8]]) {
      description = ([what] + lines.map { String(decoding: $0, as: UTF8.self) }).joined(
        separator: "\n")
    }
  }
}

extension JSON {
  /// The same with files of the transcripts' folder in the folder that the process runs in.
  fileprivate var flat: JSON {
    switch self {
    case .string(let text) where text.hasPrefix(".build/"):
      .string(String(text.split(separator: "/").last ?? ""))
    case .array(let elements): .array(elements.map(\.flat))
    case .object(let members): .object(members.map { Member($0.name, $0.value.flat) })
    default: self
    }
  }

  /// The same request with another id, where it has one.
  fileprivate func with(id: JSON) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.map { $0.name == "id" && $0.value != .null ? Member("id", id) : $0 })
  }
}
