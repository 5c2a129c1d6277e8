import Engine
import Files
import FuzzEntries
import Glibc
import JSON
import SessionSupport
import Tensors
import Testing

@testable import Service

/// Corrupt files, read by the real commands of the real program: each is loaded or refused, and the
/// process continues.
@Suite(.serialized) struct FileFuzz {
  /// Every unchanged specimen can be loaded; otherwise the mutations would test little.
  @Test func specimensAreRight() throws {
    let folder = Scratch.make("specimens")
    defer { Scratch.remove(folder) }
    let specimens = try FileSpecimen.all(in: folder)
    var round = try Round(in: folder)
    for specimen in specimens {
      let bytes = specimen.form == .gzip ? FileSpecimen.gzip(specimen.bytes) : specimen.bytes
      let replies = try round.load([FileCase(specimen: specimen, bytes: bytes)])
      let loaded = replies.filter { $0["result"] != nil }
      #expect(loaded.count > 0, "\(specimen.calls): \(replies)")
      let sources = ["model.load", "trainer.load", "data.load"].filter {
        specimen.calls.hasPrefix("{\"method\":\"\($0)")
      }
      if !sources.isEmpty {
        #expect(replies.first?["result"] != nil, "\(specimen.calls): \(replies.first?.line ?? "")")
      }
    }
    try round.end()
  }

  @Test func everyFileIsLoadedOrRefused() throws {
    let folder = Scratch.make("fuzz-files")
    defer { Scratch.remove(folder) }
    let specimens = try FileSpecimen.all(in: folder)
    let corpus = specimens.flatMap { $0.requests(path: "p", name: "n") }
    let total = Repetition.times(5000, long: 100_000)
    let start = Clock.seconds
    var (files, rounds, loaded, slowest) = (0, UInt64(0), 0, 0.0)
    while files < total {
      let seed = Repetition.seed &+ rounds
      var mutation = FileMutation(seed, corpus: corpus)
      var dice = Dice(~seed)
      var round = try Round(in: folder)
      // As many cases as a process may hold, a few in each exchange.
      for _ in 0..<25 {
        let cases = (0..<20).map { _ in
          let specimen = specimens[dice.below(specimens.count)]
          return FileCase(specimen: specimen, bytes: mutation.changed(specimen))
        }
        do {
          loaded += try round.load(cases).count { $0["result"] != nil }
        } catch {
          let kept = Round.culprit(among: cases, in: folder, seed: seed)
          Issue.record("ELBO_SEED=\(seed): \(kept)\n\(error)")
          return
        }
        files += cases.count
      }
      do { try round.end() } catch {
        Issue.record("ELBO_SEED=\(seed): \(error)")
        return
      }
      slowest = max(slowest, round.slowest)
      rounds += 1
    }
    figure(
      "\(files) mutated files in \(rounds) processes, \(Int(Clock.seconds - start)) s,"
        + " \(loaded) calls answered with a result,"
        + " the slowest exchange took \((slowest * 10).rounded() / 10) s")
  }

  private struct FileCase {
    let specimen: FileSpecimen
    let bytes: [UInt8]
  }

  /// One process that loads files.
  private struct Round {
    private var interrogation: Interrogation
    private let folder: String
    private var count = 0
    var slowest: Double { interrogation.slowest }

    init(in folder: String) throws {
      self.folder = folder
      for (name, bytes) in FileSpecimen.beside where !write(bytes, to: "\(folder)/\(name)") {
        throw Fault(.io, name)
      }
      interrogation = try Interrogation(in: folder)
      for request in FileSpecimen.preparation {
        let replies = try interrogation.exchange([numbered(request).bytes])
        try #require(replies.values.allSatisfy { $0["result"] != nil }, "\(replies)")
      }
    }

    private mutating func numbered(_ request: JSON) -> JSON {
      guard case .object(let members) = request else { return request }
      count += 1
      return .object([JSON.Member("jsonrpc", "2.0"), JSON.Member("id", .int(count))] + members)
    }

    /// Writes the files and calls what reads them; returns the replies in order.
    mutating func load(_ cases: [FileCase]) throws -> [JSON] {
      var (lines, ids): ([[UInt8]], [String]) = ([], [])
      for (place, one) in cases.enumerated() {
        // A folder of pictures has only one.
        let isPicture = one.specimen.form == .png
        let path = isPicture ? "pictures\(place)" : "file\(place)"
        let file = isPicture ? "\(path)/1.png" : path
        if isPicture { mkdir("\(folder)/\(path)", 0o755) }
        guard write(one.bytes, to: "\(folder)/\(file)") else { throw Fault(.io, file) }
        for request in one.specimen.requests(path: path, name: "n\(place)") {
          let line = numbered(request)
          lines.append(line.bytes)
          ids.append(line["id"]?.line ?? "")
        }
      }
      let replies = try interrogation.exchange(lines)
      return ids.compactMap { replies[$0] }
    }

    func end() throws { try interrogation.end() }

    /// Keeps the first of the files that ends a process alone; returns its path with the error.
    static func culprit(among cases: [FileCase], in folder: String, seed: UInt64) -> String {
      for one in cases {
        do {
          var round = try Round(in: folder)
          _ = try round.load([one])
          try round.end()
        } catch {
          let path = "/tmp/elbo-fuzz-\(seed)"
          _ = write(one.bytes, to: path)
          return "\(path) for \(one.specimen.calls)\n\(error)"
        }
      }
      return "no single file of the \(cases.count) does it"
    }
  }
}
