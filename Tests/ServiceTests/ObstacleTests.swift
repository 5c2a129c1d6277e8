import Engine
import Files
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// Full disks, limits on the size of files and folders that may not be written: every call says
/// so, old files stay as they are, training goes on, and the next checkpoint is written once there
/// is room.
@Suite(.serialized) struct Obstacles {
  private let folder = Folder()

  @Test(.timeLimit(.minutes(2)), arguments: Obstacle.allCases)
  func nothingIsLostAndTrainingGoesOn(obstacle: Obstacle) throws {
    guard Obstacle.permitted.contains(obstacle) else {
      return print("skipped: \(obstacle.rawValue): no such namespace can be made here")
    }
    let place = folder("place")
    mkdir(place, 0o755)
    let child = try obstacle.child(place, ["--threads", "1", "--state", place + "/state"])
    func ask(_ method: String, _ params: JSON) throws -> JSON {
      try #require(child.call(method, params), "\(method)")
    }
    func done(_ method: String, _ params: JSON) throws -> JSON {
      let reply = try ask(method, params)
      return try #require(reply["result"], "\(method): \(reply.line)")
    }
    let path = { (name: String) -> JSON in .string("\(place)/\(name)") }
    let dense: JSON = [["type": "dense", "units": 20], ["type": "dense"]]
    func build(_ name: JSON) -> JSON {
      [
        "name": name, "data": "d", "latent": 2, "encoder": dense, "decoder": dense,
        "likelihood": ["type": "bernoulli"],
      ]
    }
    let source: JSON = ["type": "strokes", "count": 200]
    _ = try done(
      "data.load", ["name": "d", "source": source, "transforms": [["type": "binarize"]]])
    _ = try done("model.build", build("m"))
    _ = try done(
      "trainer.create",
      [
        "name": "t", "model": "m", "data": "d", "checkpoint": ["path": path("run"), "every": 10],
      ])
    /// Waits for the thread that writes checkpoints.
    func wait(until isReady: (JSON) -> Bool) throws -> JSON {
      let end = Clock.seconds + 20
      while true {
        let status = try done("trainer.info", ["trainer": "t"])["checkpoint"] ?? .null
        if isReady(status) || Clock.seconds > end { return status }
        usleep(1000)
      }
    }
    // One after the other, since one that is due while another is written may be left out.
    for update in [10, 20, 30] as [JSON] {
      _ = try done("trainer.step", ["trainer": "t", "updates": 10])
      #expect(try wait { $0["update"] == update }["update"] == update)
    }

    let saves: [(String, JSON)] = [
      ("model.save", ["model": "m", "path": path("m.safetensors")]),
      ("trainer.save", ["trainer": "t", "path": path("t.safetensors")]),
      ("data.get", ["data": "d", "count": 10, "path": path("d.npy")]),
      ("plot.data", ["data": "d", "path": path("d.png")]),
      ("trainer.history", ["trainer": "t", "path": path("h.safetensors")]),
    ]
    for (method, params) in saves { _ = try done(method, params) }
    let view = obstacle.view(of: place, in: child)
    func digests() throws -> [String: String] {
      var found: [String: String] = [:]
      for name in Folder.names(in: view) where name.contains(".") && name != "filler" {
        found[name] = SHA256.hex(try File.read("\(view)/\(name)"))
      }
      return found
    }
    let old = try digests()
    #expect(old.count == saves.count)

    try #require(obstacle.set(true, at: place, for: child))
    for (method, params) in saves {
      let reply = try ask(method, params)
      #expect(reply.code == obstacle.code, "\(method): \(reply.line.prefix(300))")
      #expect(reply["error"]?["message"]?.text?.contains(obstacle.words) == true)
      #expect(reply["error"]?["data"]?["hint"] != nil, "\(method): \(reply.line.prefix(300))")
    }
    let fresh = try ask("model.save", ["model": "m", "path": path("new.safetensors")])
    #expect(fresh.code == obstacle.code)
    // The old files are whole, and nothing was left beside them.
    #expect(try digests() == old)
    #expect(!Folder.names(in: view).contains { $0.hasPrefix(".elbo-") })

    _ = try done("trainer.step", ["trainer": "t", "updates": 30])
    let status = try wait { $0["failure"] != nil }
    #expect(status["failure"]?.text?.contains(obstacle.words) == true, "\(status.line)")
    for count in [7, 23] {
      let step = try done("trainer.step", ["trainer": "t", "updates": .int(count)])
      #expect(step["updates"] == .int(count))
      let failure = step["checkpoint"]?["failure"]?.text
      #expect(failure?.contains(obstacle.words) == true, "\(step.line)")
      #expect(step["checkpoint"]?["update"] == 30)
    }
    #expect(Folder.names(in: view + "/run").contains("update-000000000030.safetensors"))
    child.send(
      request("trainer.start", id: "s", ["trainer": "t", "updates": 200, "progress": true]))
    var reports: [JSON] = []
    while let message = child.message() {
      if message["method"] == "$/progress", let params = message["params"] {
        reports.append(params)
        if params["state"] != nil { break }
      }
    }
    #expect(reports.last?["checkpoint"]?["failure"] != nil, "\(reports.last?.line ?? "")")
    // What could not be written of the session is owed.
    _ = try done("model.build", build("n"))
    let owed = try done("engine.info", [:])["state"]?["failure"]?.text
    #expect(owed?.contains(obstacle.words) == true, "\(owed ?? "none")")
    let drop = try ask("trainer.drop", ["trainer": "t"])
    #expect(drop.code == obstacle.code, "\(drop.line)")

    try #require(obstacle.set(false, at: place, for: child))
    let step = try done("trainer.step", ["trainer": "t", "updates": 10])
    let made = try #require(step["update"])
    #expect(made == 300)
    #expect(try wait { $0["update"] == made && $0["failure"] == nil }["update"] == made)
    let info = try done("trainer.info", ["trainer": "t", "hash": true])
    #expect(try done("trainer.step", ["trainer": "t", "updates": 1])["checkpoint"] == nil)
    #expect(try done("engine.info", [:])["state"]?["failure"] == nil)
    for (method, params) in saves { _ = try done(method, params) }

    // A run that nothing disturbed has the same state.
    let copy = folder("copy")
    #expect(system("cp -r \(view)/run \(copy)") == 0)
    let other = Session()
    _ = try other.call(
      "data.load",
      #"{"name": "d", "source": \#(source.line), "transforms": [{"type": "binarize"}]}"#)
    _ = try other.call("model.build", build("m").line)
    _ = try other.call("trainer.create", #"{"name": "u", "model": "m", "data": "d"}"#)
    _ = try other.call("trainer.step", #"{"trainer": "u", "updates": 300}"#)
    _ = try other.call("trainer.load", #"{"name": "t", "data": "d", "path": "\#(copy)"}"#)
    for name in ["t", "u"] {
      let hash = try other.call("trainer.info", #"{"trainer": "\#(name)", "hash": true}"#)["hash"]
      #expect(hash == info["hash"], "\(name)")
    }
    child.closeInput()
    #expect(child.end() == 0)
  }

  private static let isReadOnly =
    "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\""
  private static let canMount = system("unshare -rm sh -c '\(isReadOnly)' /tmp 2>/dev/null") == 0

  /// Starts the program with a folder that is mounted read-only.
  private func readOnly(_ place: String, _ more: [String] = []) throws -> Child {
    let serve = "exec \(Child.binary) serve --threads 1 \(more.joined(separator: " "))"
    return try Child(
      ["-rm", "sh", "-c", "\(Self.isReadOnly) && \(serve)", place], of: "/usr/bin/unshare",
      in: ["PATH=/usr/bin:/bin"], joiningErrors: true)
  }

  @Test(.enabled(if: canMount, "a mount namespace cannot be made here"))
  func aFolderThatIsMountedReadOnly() throws {
    let place = folder("place")
    mkdir(place, 0o755)
    let before = try SmallTraining.child()
    let saves: [(String, JSON)] = [
      ("model.save", ["model": "m", "path": .string(place + "/m.safetensors")]),
      ("trainer.save", ["trainer": "t", "path": .string(place + "/t.safetensors")]),
      ("data.get", ["data": "b", "path": .string(place + "/b.npy")]),
      ("plot.data", ["data": "b", "path": .string(place + "/b.png")]),
    ]
    for (method, params) in saves { #expect(before.call(method, params)?["result"] != nil) }
    let names = Folder.names(in: place)
    let child = try readOnly(place)
    for line in SmallTraining.setup { child.send(line) }
    for _ in SmallTraining.setup { #expect(child.message()?["result"] != nil) }
    let create: JSON = [
      "name": "k", "model": "m", "data": "b", "checkpoint": ["path": .string(place + "/run")],
    ]
    for (method, params) in saves + [("trainer.create", create)] {
      let reply = try #require(child.call(method, params))
      #expect(reply.code == 1301, "\(method): \(reply.line)")
      #expect(reply["error"]?["message"]?.text?.contains("Read-only file system") == true)
      #expect(reply["error"]?["data"]?["hint"] != nil)
    }
    let step = child.call("trainer.step", ["trainer": "t", "updates": 5])
    #expect(step?["result"]?["updates"] == 5)
    let again: JSON = ["name": "again", "path": .string(place + "/m.safetensors")]
    #expect(child.call("model.load", again)?["result"]?["model"] == "again")
    #expect(Folder.names(in: place) == names)
    let state = try readOnly(place, ["--state", place + "/state"])
    #expect(state.rest().contains("--state: \(place)/state: Read-only file system"))
    #expect(state.end() == 1)
  }
}
