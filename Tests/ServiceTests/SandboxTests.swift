import CGlibc
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// `--sandbox` of the real program, where the kernel has what it needs.
@Suite(.enabled(if: elbo_landlock_version() >= 3, "this kernel has no Landlock of version 3"))
struct SandboxedProcesses {
  let folder = Folder()

  init() throws {
    for name in ["root", "outside"] { mkdir(folder(name), 0o700) }
    for name in ["root/a", "outside/b"] { try folder.write(name, Array("text".utf8)) }
  }

  private func replies(_ options: [String], _ requests: [String]) throws -> [JSON] {
    let run = try Child.run(["serve"] + options, requests.joined(separator: "\n"))
    #expect(run.status == 0)
    return try run.text.split(separator: "\n").map { try json(String($0)) }
  }

  /// A plug-in is code in the process, and tries what a fault in a library could be made to do.
  @Test(.enabled(if: Compiler.path != nil, "there is no C compiler here"))
  func codeInTheProcessStaysInside() throws {
    let plugin = try Compiler.library("Tests/Fixtures/escape.c")
    let load = request(
      "data.load",
      [
        "name": "tries",
        "source": [
          "type": "escape", "inside": .string(folder("root/a")),
          "outside": .string(folder("outside/b")), "new": .string(folder("outside/c")),
        ],
      ])
    let get = request("data.get", ["data": "tries"])
    for (options, able) in [
      ([], [1, 1, 1, 1, 1, 1, 1] as [Double]), (["--sandbox"], [1, 0, 0, 0, 0, 0, 0]),
    ] {
      let all = options + ["--root", folder("root"), "--plugin", plugin]
      let values = try replies(all, [load, get]).last?["result"]?["input"]?["values"]
      #expect(try values?.elements?.map { try Double(json: $0) } == able, "\(options)")
      unlink(folder("outside/c"))
    }
  }

  @Test func aSessionWorksInside() throws {
    let stack: JSON = [["type": "dense"]]
    let model = folder("root/m.safetensors")
    let replies = try replies(
      ["--sandbox", "--root", folder("root"), "--threads", "2"],
      [
        request("engine.info"),
        request(
          "data.load",
          [
            "name": "d", "source": ["type": "strokes", "count": 60],
            "transforms": [["type": "binarize"]],
          ]),
        request(
          "model.build",
          [
            "name": "m", "data": "d", "latent": 2, "encoder": stack, "decoder": stack,
            "likelihood": ["type": "bernoulli"],
          ]),
        request("trainer.create", ["name": "t", "model": "m", "data": "d", "batch": 20]),
        request("trainer.step", ["trainer": "t", "updates": 6]),
        request("model.save", ["model": "m", "path": .string(model)]),
        request("model.load", ["name": "again", "path": .string(model)]),
        request("plot.samples", ["model": "m", "path": .string(folder("root/x.png"))]),
        request("plot.curves", ["trainer": "t", "path": .string(folder("root/x.svg"))]),
        request("plot.curves", ["trainer": "t", "path": .string(folder("root/x.pdf"))]),
        request("plot.curves", ["trainer": "t", "renderer": "gnuplot"]),
      ])
    #expect(replies.count == 11)
    let info = try #require(replies.first?["result"]?["sandbox"]?.text)
    #expect(info.hasPrefix("Landlock "))
    #expect(info.hasSuffix("no program may be started"))
    for reply in replies.dropLast() { #expect(reply["error"] == nil, "\(reply.line)") }
    let refusal = replies.last?["error"]
    #expect(refusal?["data"]?["kind"] == "missingProgram", "\(refusal?.line ?? "")")
    #expect(refusal?["message"]?.text?.contains("the sandbox starts no program") == true)
  }

  /// The plug-in makes the kernel an older one, or starts a thread, before the fence is closed.
  @Test(
    .enabled(if: Compiler.path != nil, "there is no C compiler here"),
    arguments: [
      ("MISSING", "437", [], Int32(64), "this system has no openat2, by which folders are fenced"),
      ("MISSING", "444", ["--sandbox"], 1, "--sandbox: this system has no Landlock: Linux 6.2"),
      ("MISSING", "SYS_seccomp", ["--sandbox"], 1, "--sandbox: this system has no seccomp"),
      ("THREAD", "1", ["--sandbox"], 1, "--sandbox: a plug-in has started threads"),
    ])
  func itDoesNotStartWithout(
    macro: String, value: String, options: [String], status: Int32, words: String
  ) throws {
    let plugin = try Compiler.library("Tests/Fixtures/escape.c", [macro: value])
    let run = try Child.run(
      ["serve", "--root", folder("root"), "--plugin", plugin] + options, "", joiningErrors: true)
    #expect(run.status == status)
    #expect(run.text.contains(words), "\(run.text)")
    #expect(Folder.names(in: folder("root")) == ["a"])
  }

  @Test func itNeedsAFence() throws {
    let run = try Child.run(["serve", "--sandbox"], "", joiningErrors: true)
    #expect(run.status == 64)
    #expect(run.text.contains("--sandbox needs --root, --read or --read-only"), "\(run.text)")
  }

  @Test func readOnlyReadsAnywhere() throws {
    try folder.write("outside/rows.csv", Array("a,b\n1,2\n".utf8))
    let replies = try replies(
      ["--sandbox", "--read-only"],
      [
        request(
          "data.load", ["source": ["type": "csv", "path": .string(folder("outside/rows.csv"))]])
      ])
    #expect(replies.first?["error"] == nil)
  }
}
