import Engine
import Glibc
import JSON
import TestSupport
import Testing

@testable import Service

/// Mutations of the recorded transcripts: the process never ends, every request with an id gets one
/// reply, and every line is strict JSON that matches its schema.
@Suite(.serialized) struct Fuzz {
  /// Messages of the recorded transcripts, by transcript, with all their files in one folder.
  private static let transcripts: [[JSON]] = {
    let root = String(#filePath.dropLast("/Tests/ServiceTests/Endurance/FuzzTests.swift".count))
    let folder = "\(root)/protocols/transcripts"
    return Folder.names(in: folder).filter { $0.hasSuffix(".ndjson") }.map { name in
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
    try fuzz("mutated", Repetition.times(10_000, long: 1_000_000)) {
      try FuzzSession(Self.transcripts, seed: $0, in: $1)
    }
  }

  /// Numbers at which arithmetic overflows, in every parameter of every method.
  @Test func hostileNumbersAreAnsweredToo() throws {
    try fuzz("hostile", Repetition.times(5000, long: 100_000)) {
      try FuzzSession(Self.transcripts, seed: $0, in: $1, isHostile: true)
    }
  }

  private func fuzz(
    _ name: String, _ total: Int, _ make: (UInt64, String) throws -> FuzzSession
  ) throws {
    try #require(Self.transcripts.count > 8 && Self.transcripts.allSatisfy { $0.count > 5 })
    let folder = Scratch.make("fuzz-\(name)")
    defer { Scratch.remove(folder) }
    let start = Clock.seconds
    var (sent, sessions, slowest) = (0, UInt64(0), 0.0)
    while sent < total {
      let seed = Repetition.seed &+ sessions
      do {
        var session = try make(seed, folder)
        try session.run()
        sent += session.sent
        slowest = max(slowest, session.slowest)
      } catch {
        Issue.record("ELBO_SEED=\(seed): \(error)")
        return
      }
      sessions += 1
    }
    figure(
      "\(sent) \(name) messages in \(sessions) processes, \(Int(Clock.seconds - start)) s,"
        + " the slowest exchange took \((slowest * 10).rounded() / 10) s")
  }
}

/// One process and its input: a transcript with every other message changed, followed by messages
/// of all transcripts; or an unchanged transcript, with two hostile copies before each message.
private struct FuzzSession {
  private var interrogation: Interrogation
  private var mutation: Mutation
  private var numbers: HostileNumbers
  private let isHostile: Bool
  private let script: [JSON]
  private(set) var sent = 0
  var slowest: Double { interrogation.slowest }

  init(_ transcripts: [[JSON]], seed: UInt64, in folder: String, isHostile: Bool = false) throws {
    var dice = Dice(seed)
    // The self-test takes no parameters, and a hundred times as long as everything else.
    let all = transcripts.joined().filter { $0["method"] != "engine.selfTest" }
    let transcript = transcripts[dice.below(transcripts.count)]
    script =
      isHostile ? transcript : transcript + (0..<200).map { _ in all[dice.below(all.count)] }
    self.isHostile = isHostile
    numbers = HostileNumbers(dice: dice)
    mutation = Mutation(dice: dice, corpus: all)
    interrogation = try Interrogation(in: folder)
  }

  mutating func run() throws {
    var rest = script[...]
    while !rest.isEmpty {
      let messages = rest.prefix(isHostile ? 7 : 20)
      try interrogation.exchange(messages.flatMap { lines(of: $0) })
      rest = rest.dropFirst(messages.count)
    }
    try interrogation.end()
  }

  private mutating func lines(of message: JSON) -> [[UInt8]] {
    guard isHostile else { return [mutation.line(of: numbered(message))] }
    guard message["method"] != "engine.selfTest" else { return [] }
    return (0..<2).map { _ in numbers.planted(in: numbered(message)).bytes }
      + [numbered(message).bytes]
  }

  private mutating func numbered(_ message: JSON) -> JSON {
    defer { sent += 1 }
    return message.with(id: .int(sent))
  }
}

extension JSON {
  /// Returns the same with the transcripts' files moved to the folder of the process.
  fileprivate var flat: JSON {
    switch self {
    case .string(let text) where text.hasPrefix(".build/"):
      .string(String(text.split(separator: "/").last ?? ""))
    case .array(let elements): .array(elements.map(\.flat))
    case .object(let members): .object(members.map { Member($0.name, $0.value.flat) })
    default: self
    }
  }

  /// Returns the same request with another id, if it has one.
  fileprivate func with(id: JSON) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.map { $0.name == "id" && $0.value != .null ? Member("id", id) : $0 })
  }
}
