import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// A session that asks for more memory than there is, under limits of every size: each request gets
/// a result or a declared error, and the process survives.
@Suite(.serialized) struct Limits {
  private let folder = Folder()

  /// Returns the session's requests in order; a later one may need what an earlier one was refused.
  private func session() -> [String] {
    let dense: (Int) -> JSON = { [["type": "dense", "units": .int($0)], ["type": "dense"]] }
    func build(_ name: String, _ shape: JSON, _ units: Int) -> String {
      request(
        "model.build",
        [
          "name": .string(name), "replace": true, "shape": shape, "latent": 2,
          "encoder": dense(units), "decoder": dense(units), "likelihood": ["type": "bernoulli"],
        ])
    }
    func load(_ name: String, _ source: JSON, _ transforms: JSON = []) -> String {
      request(
        "data.load",
        ["name": .string(name), "replace": true, "source": source, "transforms": transforms])
    }
    func train(_ name: String, _ model: String, _ objective: JSON, batch: Int) -> String {
      request(
        "trainer.create",
        [
          "name": .string(name), "replace": true, "model": .string(model), "data": "rows",
          "objective": objective, "batch": .int(batch),
        ])
    }
    let path = { (name: String) -> JSON in .string(folder(name)) }
    let half = String(repeating: "0.5,", count: 899_999) + "0.5"
    let text = String(repeating: "AAAA", count: 3 << 20)
    return [
      load("rows", ["type": "strokes", "count": 4000], [["type": "binarize"]]),
      load("grey", ["type": "strokes", "count": 40_000], [["type": "scale", "by": 0.004]]),
      load("many", ["type": "strokes", "count": 10_000_000]),
      build("m", [28, 28], 100), build("large", [40_000], 500), build("vast", [400_000], 500),
      build("k", [28, 28], 60),
      load("held", ["type": "strokes", "count": 100, "seed": 1], [["type": "binarize"]]),
      request(
        "trainer.create",
        [
          "name": "kept", "replace": true, "model": "k", "data": "rows",
          "validation": ["data": "held", "every": 5],
          "checkpoint": ["path": path("run"), "every": 5, "replace": true],
        ]),
      request("trainer.step", ["trainer": "kept", "updates": 20]),
      request(
        "trainer.load",
        ["path": path("run"), "data": "rows", "name": "went-on"]),
      request("trainer.start", ["trainer": "kept", "updates": 200]),
      train("t", "m", ["type": "elbo"], batch: 100),
      train("wide", "m", ["type": "importance", "samples": 1000], batch: 200),
      request("trainer.step", ["trainer": "t", "updates": 20]),
      request("trainer.step", ["trainer": "wide"]),
      request("trainer.history", ["trainer": "t"]),
      request("evaluate.elbo", ["model": "m", "data": "rows", "samples": 4]),
      request("evaluate.likelihood", ["model": "m", "data": "rows", "count": 100]),
      request("evaluate.latent", ["model": "m", "data": "rows", "count": 400]),
      request("evaluate.gradient", ["model": "m", "data": "rows", "count": 50, "draws": 2]),
      request(
        "evaluate.gap", ["model": "m", "data": "rows", "count": 4, "steps": 5, "samples": 20]),
      request("evaluate.bracket", ["model": "m", "count": 4, "temperatures": 5]),
      request("model.encode", ["model": "m", "data": "grey", "samples": 20]),
      request("model.reconstruct", ["model": "m", "data": "rows", "count": 2000]),
      request("model.reconstruct", ["model": "m", "data": "rows", "encoding": "base64"]),
      request("model.sample", ["model": "m", "count": 1_000_000]),
      request("model.sample", ["model": "m", "count": 20_000, "path": path("s")]),
      request("model.manifold", ["model": "m", "steps": 150]),
      request("data.get", ["data": "rows"]), request("data.get", ["data": "grey"]),
      request("data.get", ["data": "grey", "path": path("grey.npy")]),
      load("file", ["type": "npy", "path": path("grey.npy")]),
      load("file", ["type": "npy", "path": path("grey.npy")], [["type": "shuffle"]]),
      request("plot.samples", ["model": "m", "count": 10_000]),
      request("plot.data", ["data": "grey", "count": 2000]),
      request("plot.curves", ["trainer": "t"]),
      request("model.save", ["model": "large", "path": path("large")]),
      request("model.save", ["model": "m", "path": path("m")]),
      request("trainer.save", ["trainer": "t", "path": path("t")]),
      request("model.load", ["path": path("large"), "name": "again", "replace": true]),
      request(
        "trainer.load", ["path": path("t"), "data": "rows", "name": "again", "replace": true]),
      request("model.parameters", ["model": "large"]),
      request("model.parameters", ["model": "large", "path": path("large.safetensors")]),
      request("model.assign", ["model": "large", "path": path("large.safetensors")]),
      request(
        "meanField.define",
        [
          "name": "d", "replace": true, "variables": 20,
          "energy": ["type": "allOnesForbidden"],
        ]),
      request("meanField.exact", ["distribution": "d"]),
      request("engine.info"), request("rpc.discover"), request("engine.modules", ["kind": "layer"]),
      #"{"jsonrpc":"2.0","id":1,"method":"model.decode","params":{"model":"m","latent":{"shape":[450000,2],"values":[\#(half)]}}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"model.decode","params":{"model":"m","latent":{"shape":[1179648,2],"base64":"\#(text)"}}}"#,
      "[" + String(repeating: "{},", count: 500_000) + "{}]",
      "[" + Array(repeating: request("engine.info"), count: 900).joined(separator: ",") + "]",
      request("model.info", ["model": "m"]),
      request("trainer.wait", ["trainer": "kept"]),
      // A client that is short of memory drops what it no longer needs.
      request("model.drop", ["model": "large"]), request("model.drop", ["model": "again"]),
      request("data.drop", ["data": "grey"]), request("data.drop", ["data": "file"]),
      request("trainer.step", ["trainer": "kept", "updates": 7]),
    ]
  }

  /// Runs the session in a process that `start` starts; returns how many requests were refused for
  /// lack of memory. With `--state` in `state`, the next process has back what this one had.
  /// `most` is the memory that the process may hold, if it has a limit of its own.
  private func run(
    _ name: String, state: String? = nil, most: Int? = nil, _ start: () throws -> Child
  ) throws -> Int {
    defer { system("rm -rf '\(folder.path)'/*") }
    let child = try start()
    var refused = 0
    for line in session() {
      let begin = line.prefix(120)
      child.send(line)
      guard let reply = child.line(within: 300).map(Self.shortened) else {
        Issue.record("\(name): no reply to \(begin), status \(child.end(within: 1) ?? 0)")
        return refused
      }
      let answer = reply.elements?.first ?? reply
      let code = answer.code
      if code == 1401 {
        refused += 1
        let hint = answer["error"]?["data"]?["hint"]?.text
        #expect(hint != nil, "\(name): \(reply.line.prefix(300))")
        if most != nil {
          #expect(hint?.contains("--max-memory") == true, "\(name): \(reply.line.prefix(300))")
        }
      }
      let known = [nil, 1401, 1001, 1002, 1003, 1101, 1103, 1302, 1601, -32600, -32602]
      #expect(known.contains(code), "\(name): \(begin): \(reply.line.prefix(300))")
      #expect(child.call("engine.ping", id: "alive")?["result"] == [:], "\(name): \(begin)")
    }
    if let most {
      let peak = child.memory("VmHWM") - child.memory("RssFile")
      figure("\(name): at most \(peak >> 20) MiB were held")
      #expect(peak <= most, "\(name)")
    }
    let before = Self.standing(of: child)
    child.closeInput()
    #expect(child.end(within: 60) == 0, "\(name)")
    if let state { try expectBack(before, from: state, "\(name)") }
    return refused
  }

  /// What a session has, and the state of its trainer.
  private struct Standing {
    var lists: [[String]]
    /// The updates that were made, and those after which the newest checkpoint was written.
    var updates: JSON?
    var saved: JSON?
    var hash: JSON?
    var failure: JSON?
    var lost: JSON?
  }

  private static func standing(of child: Child) -> Standing {
    // In alphabetical order, since a model that was assigned is made again after the others.
    let lists = ["data", "model", "meanField"].map { family -> [String] in
      guard case .object(let members) = child.call("\(family).list")?["result"] else { return [] }
      return members.flatMap { $0.value.elements ?? [] }.compactMap(\.text).sorted()
    }
    let state = child.call("engine.info")?["result"]?["state"]
    let info = child.call("trainer.info", ["trainer": "kept", "hash": true])
    return Standing(
      lists: lists, updates: info?["result"]?["update"],
      saved: info?["result"]?["checkpoint"]?["update"], hash: info?["result"]?["hash"],
      failure: state?["failure"], lost: state?["lost"])
  }

  /// Expects that a process without limits restores what another one had.
  private func expectBack(_ before: Standing, from state: String, _ name: String) throws {
    let child = try Child(["serve", "--state", state])
    let after = Self.standing(of: child)
    #expect(after.lost == [], "\(name)")
    if before.hash != nil, after.hash != before.hash {
      // There was no memory for the last checkpoint: the newest one counts.
      figure("\(name): \(after.updates?.line ?? "no") of \(before.updates?.line ?? "") updates")
      #expect(after.updates != nil && after.updates == before.saved, "\(name)")
    }
    // What could not be written for lack of memory is the only difference.
    if before.failure == nil {
      #expect(after.lists == before.lists, "\(name)")
    } else {
      figure("\(name): \(before.failure?.line ?? "")")
    }
  }

  /// Returns a reply; for one that is too long to parse, only that it is a result.
  private static func shortened(_ line: String) -> JSON {
    let isLong = line.utf8.count > 1 << 20
    return (isLong ? nil : try? json(line)) ?? [
      line.prefix(100).contains("\"result\":") ? "result" : "error": ["code": 0]
    ]
  }

  private static func limited(_ bytes: Int, _ arguments: [String] = []) throws -> Child {
    try Child(
      ["--as=\(bytes)", Child.binary, "serve", "--threads", "2"] + arguments,
      of: "/usr/bin/prlimit")
  }

  /// Returns the least limit, to a MiB, under which a ping gets a reply.
  private static func least() throws -> Int {
    var (few, many) = (1 << 20, 1600 << 20)
    while many - few > 1 << 20 {
      let middle = (few + many) / 2
      let child = try limited(middle)
      if child.call("engine.ping")?["result"] == [:] { many = middle } else { few = middle }
    }
    return many
  }

  @Test func ofTheAddressSpace() throws {
    let least = try Self.least()
    let count = Repetition.times(3, long: 20)
    // By equal factors; the two limits of the issue are included.
    let factor = Double(1600 << 20) / Double(least)
    var limits = (0..<count).map { place in
      Int(Double(least) * pow(factor, Double(place) / Double(count - 1)))
    }
    limits[1] = 400 << 20
    limits[count - 2] = count > 3 ? 700 << 20 : limits[count - 2]
    var refused: [Int] = []
    for limit in limits.sorted() {
      refused.append(try run("\(limit >> 20) MiB") { try Self.limited(limit) })
    }
    figure(
      "limits of the address space from \(least >> 20) MiB: requests refused \(refused)")
    // The least limit leaves room for little, the greatest for most.
    #expect(refused[0] > 10 && refused[refused.count - 1] < refused[0])
  }

  @Test(
    .enabled(if: MemoryGroup.isPermitted, "a memory cgroup cannot be made here"),
    arguments: [false, true])
  func ofAControlGroup(hasState: Bool) throws {
    let sizes = Repetition.isLong ? [96, 128, 200, 300, 400, 700, 1000, 1600] : [128, 400]
    let state = hasState ? folder("state") : nil
    let options = state.map { " --state \($0)" } ?? ""
    for size in sizes {
      let group = try #require(MemoryGroup(limit: size << 20))
      let name = "a group of \(size) MiB\(hasState ? " with --state" : "")"
      let serve = "\(Child.binary) serve --threads 2\(options)"
      let refused = try run(name, state: state) {
        try Child(["-c", "echo $$ > \(group.folder)/cgroup.procs; exec \(serve)"], of: "/bin/sh")
      }
      figure("\(name): \(refused) requests refused")
      #expect(refused > 0)
    }
  }

  /// `--max-memory` bounds what the process holds, and every refusal names it.
  @Test(arguments: [false, true]) func ofTheCommandLine(hasState: Bool) throws {
    let sizes = Repetition.isLong ? [64, 96, 128, 200, 300, 400, 700, 1000, 1600] : [96, 400]
    let state = hasState ? folder("state") : nil
    for size in sizes {
      let name = "--max-memory \(size)MiB\(hasState ? " with --state" : "")"
      let options = ["--max-memory", "\(size)MiB"] + (state.map { ["--state", $0] } ?? [])
      let refused = try run(name, state: state, most: size << 20) {
        try Child(["serve", "--threads", "2"] + options)
      }
      figure("\(name): \(refused) requests refused")
      #expect(refused > 0)
    }
  }
}

/// A memory control group that a test makes below its own; deinit removes it.
final class MemoryGroup {
  let folder: String

  static let isPermitted = MemoryGroup(limit: 64 << 20) != nil

  init?(limit: Int) {
    let lines = (try? contents(of: "/proc/self/cgroup"))?.split(separator: "\n") ?? []
    let own = lines.compactMap { line -> (parent: String, file: String)? in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      if parts[1].split(separator: ",").contains("memory") {
        return ("/sys/fs/cgroup/memory\(parts[2])", "memory.limit_in_bytes")
      }
      return parts[0] == "0" ? ("/sys/fs/cgroup\(parts[2])", "memory.max") : nil
    }
    for (parent, file) in own {
      let folder = "\(parent)/elbo-tests-\(getpid())-\(UInt32.random(in: 0 ... .max))"
      guard mkdir(folder, 0o755) == 0 else { continue }
      let descriptor = open("\(folder)/\(file)", O_WRONLY)
      let isLimited = descriptor >= 0 && writeAll(Array("\(limit)".utf8), to: descriptor)
      if descriptor >= 0 { close(descriptor) }
      if isLimited {
        self.folder = folder
        return
      }
      rmdir(folder)
    }
    return nil
  }

  deinit { rmdir(folder) }
}
