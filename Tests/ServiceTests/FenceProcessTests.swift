import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// `--root`, `--read` and `--read-only` of the real program.
@Suite struct FencedProcesses {
  let folder = Folder()

  init() throws {
    for name in ["root", "data", "outside"] { mkdir(folder(name), 0o700) }
    try folder.write("outside/decoy.csv", Array("a,b\n1,2\n".utf8))
    try folder.write("data/rows.csv", Array("a,b\n1,2\n3,4\n".utf8))
    try folder.write("root/rows.csv", Array("a,b\n1,2\n".utf8))
    symlink("../outside/decoy.csv", folder("root/link.csv"))
  }

  private func load(_ path: String) -> String {
    request("data.load", ["source": ["type": "csv", "path": .string(path)]])
  }

  /// Returns the replies of a session to these requests.
  private func replies(_ options: [String], _ requests: [String]) throws -> [JSON] {
    let run = try Child.run(["serve"] + options, requests.joined(separator: "\n"))
    #expect(run.status == 0)
    return try run.text.split(separator: "\n").map { try json(String($0)) }
  }

  @Test func aClientStaysInTheFence() throws {
    let build = request(
      "model.build",
      [
        "name": "m", "shape": [2], "latent": 1, "encoder": [["type": "dense"]],
        "decoder": [["type": "dense"]], "likelihood": ["type": "gaussian"],
      ])
    let save = { (path: String) in
      request("model.save", ["model": "m", "path": .string(path)])
    }
    try folder.write("root/notes", Array("a note\n".utf8))
    let options = ["--root", folder("root"), "--read", folder("data")]
    let replies = try replies(
      options,
      [
        load(folder("root/rows.csv")), load(folder("data/rows.csv")),
        load(folder("outside/decoy.csv")), load(folder("root/../outside/decoy.csv")),
        load(folder("root/link.csv")), load("/proc/self/environ"), load("/dev/zero"), build,
        save(folder("root/m.safetensors")), save(folder("data/m.safetensors")),
        save(folder("outside/m.safetensors")), save(folder("root/notes")),
        request("engine.info"),
      ])
    let codes = replies.map { $0["error"]?["code"] }
    #expect(
      codes == [nil, nil, 1301, 1301, 1301, 1301, 1301, nil, nil, 1301, 1301, 1302, nil])
    #expect(replies[2]["error"]?["data"]?["kind"] == "denied")
    #expect(replies[2]["error"]?["data"]?["path"] == "source.path")
    let info = try #require(replies.last?["result"])
    #expect(info["roots"] == [.string(folder("root"))])
    #expect(info["readable"] == [.string(folder("data"))])
    #expect(info["readOnly"] == false)
    let scratch = try #require(info["scratch"]?.text)
    #expect(scratch.hasPrefix(folder("root/.elbo-scratch-")))
    // It is gone with the process.
    #expect(Folder.names(in: folder("root")) == ["link.csv", "m.safetensors", "notes", "rows.csv"])
    #expect(Folder.names(in: folder("data")) == ["rows.csv"])
    #expect(Folder.names(in: folder("outside")) == ["decoy.csv"])
  }

  @Test func whereNothingIsWrittenInfoSaysSo() throws {
    for options in [["--read", folder("data")], ["--read-only", "--root", folder("root")]] {
      let info = try replies(options, [request("engine.info")]).first?["result"]
      #expect(info?["readOnly"] == true && info?["roots"] == [] && info?["scratch"] == nil)
    }
  }

  @Test func readOnlyWritesNothing() throws {
    let picture = request(
      "plot.data", ["data": "d", "path": .string(folder("root/x.png"))])
    let replies = try replies(
      ["--read-only"],
      [
        request(
          "data.load", ["name": "d", "source": ["type": "strokes", "count": 2]]), picture,
        request("data.get", ["data": "d", "path": .string(folder("root/x.npy"))]),
        request("engine.info"),
      ])
    #expect(replies.map { $0["error"]?["code"] } == [nil, 1301, 1301, nil])
    let info = try #require(replies.last?["result"])
    #expect(info["readOnly"] == true)
    #expect(info["roots"] == nil && info["scratch"] == nil)
    #expect(Folder.names(in: folder("root")) == ["link.csv", "rows.csv"])
  }

  @Test func withoutAFenceThereIsNone() throws {
    let info = try replies([], [request("engine.info")])[0]["result"]
    for name in ["roots", "readable", "readOnly", "scratch"] { #expect(info?[name] == nil) }
  }

  @Test func requestsOfAFileStayInTheFenceToo() throws {
    let file = folder("outside/requests")
    try folder.write("outside/requests", Array(load(folder("root/rows.csv")).utf8))
    #expect(try Child.run(["run", "--root", folder("root"), file]).status == 0)
    try folder.write("outside/requests", Array(load(folder("outside/decoy.csv")).utf8))
    let run = try Child.run(["run", "--root", folder("root"), file], joiningErrors: true)
    #expect(run.status == 1)
    #expect(run.text.contains("lies outside of what may be read"), "\(run.text)")
    #expect(Folder.names(in: folder("root")) == ["link.csv", "rows.csv"])
  }

  /// SIGTERM removes the scratch folder; after SIGKILL the next start does.
  @Test func theScratchFolderGoesWithTheProcess() throws {
    for (signal, left) in [(SIGTERM, 0), (SIGKILL, 1)] {
      let child = try Child(["serve", "--root", folder("root")])
      child.send(request("engine.ping"))
      _ = child.line()
      child.signal(signal)
      _ = child.rest()
      _ = child.end()
      #expect(
        Folder.names(in: folder("root")).filter { $0.hasPrefix(".elbo") }.count == left)
    }
    _ = try replies(["--root", folder("root")], [request("engine.ping")])
    #expect(Folder.names(in: folder("root")) == ["link.csv", "rows.csv"])
  }

  /// The recording is named by the person who starts the program, and lies where they want it.
  @Test func aRecordingMayLieOutside() throws {
    _ = try replies(
      ["--read-only", "--root", folder("root"), "--record", folder("outside/log")],
      [request("engine.ping")])
    #expect(Folder.names(in: folder("outside")) == ["decoy.csv", "log"])
    try folder.write("outside/picture", [0x89] + Array("PNG\r\n\u{1A}\n".utf8))
    let run = try Child.run(
      ["serve", "--record", folder("outside/picture")], "", joiningErrors: true)
    #expect(run.status == 1)
    #expect(run.text.contains("holds a PNG image"), "\(run.text)")
  }

  @Test(arguments: [
    (["--root", "/nonexistent"], "--root: /nonexistent: No such file or directory"),
    (["--read", "/dev/null"], "--read: /dev/null: Not a directory"),
    (["--root", "/tmp", "--read", "/nonexistent"], "--read: /nonexistent: No such file"),
    (["--read", "/tmp", "--root", "/nonexistent"], "--root: /nonexistent: No such file"),
  ])
  func aBadFenceIsRefused(options: [String], words: String) throws {
    let run = try Child.run(["serve"] + options, "", joiningErrors: true)
    #expect(run.status == 64)
    #expect(run.text.contains(words), "\(run.text)")
  }

  @Test func whatIsOnlyReadDoesNotLieInARoot() throws {
    let options = ["--root", folder.path, "--read", folder("data")]
    let run = try Child.run(["serve"] + options, "", joiningErrors: true)
    #expect(run.status == 64)
    #expect(
      run.text.contains("\(folder("data")) lies in \(folder.path), where files are written"))
  }
}
