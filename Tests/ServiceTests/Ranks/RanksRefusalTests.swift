import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// What ranks refuse, and where they cannot begin.
@Suite(.serialized) struct RanksRefusalTests {
  /// Runs `elbo serve` without input; returns the status and what it says.
  private func serve(
    _ arguments: [String], path: String = "/usr/bin:/bin"
  ) throws -> (status: Int32?, text: String) {
    let child = try Child(
      ["serve"] + arguments, in: ["PATH=\(path)", "HOME=/tmp"], joiningErrors: true)
    child.closeInput()
    let text = child.rest(within: 90)
    return (child.end(), text)
  }

  @Test(arguments: [
    (["--ranks", "0"], "expected an integer from 1 to 4096, got 0"),
    (["--ranks", "two"], "expected an integer"), (["--launch", "mpirun"], "needs --ranks"),
    (["--ranks", "2", "--sandbox", "--root", "/tmp"], "--sandbox does not go with --ranks"),
    (["--ranks", "2", "--state", "/tmp/none"], "--state does not go with --ranks"),
  ])
  func badCommandLines(arguments: [String], words: String) throws {
    let (status, text) = try serve(arguments)
    #expect(status == 64 && text.contains(words), "\(text)")
  }

  @Test func withoutALauncherNothingBegins() throws {
    let none = try serve(["--ranks", "2"], path: "/nonesuch")
    #expect(none.status == 69 && none.text.contains("there is no mpirun"), "\(none.text)")
    #expect(none.text.contains("openmpi-bin"))
    let other = try serve(["--ranks", "2", "--launch", "nonesuch -n 2"])
    #expect(other.status == 69 && other.text.contains("no program nonesuch"), "\(other.text)")
  }

  @Test func aLauncherThatFailsIsSaid() throws {
    let failed = try serve(["--ranks", "2", "--launch", "false"])
    #expect(failed.status == 69, "\(failed.text)")
    #expect(failed.text.contains("ended with status 1 before all ranks had begun"))
    // A launcher that asks for a password finds no terminal, and its question no answer.
    let asks = try serve(["--ranks", "2", "--launch", "sh -c read\tx</dev/tty"])
    #expect(asks.status == 69, "\(asks.text)")
    // srun must not let the other ranks wait for one that died.
    let shown = try serve(["--ranks", "2", "--launch", "printenv SLURM_KILL_BAD_EXIT"])
    #expect(shown.status == 69 && shown.text.hasPrefix("1\n"), "\(shown.text)")
    // Not started by MPI at all.
    let plain = try serve(["--ranks", "2", "--launch", "env"])
    #expect(plain.status == 69 && plain.text.contains("no launcher of MPI"), "\(plain.text)")
  }

  @Test(
    .enabled(if: !RankedChild.kinds.isEmpty, "\(RankedChild.excuse)"),
    arguments: RankedChild.kinds)
  func theNumbersMustAgree(kind: MPI.Kind) throws {
    let (status, text) = try serve(["--ranks", "3", "--launch", RankedChild.launch(kind, 2)])
    #expect(status == 69 && text.contains("has started 2 ranks, and --ranks is 3"), "\(text)")
  }

  /// Each rank runs in a folder of its own, as on a host of its own.
  @Test(
    .enabled(if: !RankedChild.kinds.isEmpty, "\(RankedChild.excuse)"),
    arguments: RankedChild.kinds)
  func dataMustBeTheSame(kind: MPI.Kind) throws {
    let folder = Folder()
    let wrapper = try folder.write(
      "wrap",
      Array(
        "#!/bin/sh\ncd '\(folder.path)/'${OMPI_COMM_WORLD_RANK:-$PMI_RANK} && exec \"$@\"\n".utf8))
    chmod(wrapper, 0o755)
    for rank in 0..<2 { mkdir(folder("\(rank)"), 0o755) }
    for (name, other) in [("same", "1,2,3\n"), ("other", "1,3,3\n"), ("weighted", "1,2,4\n")] {
      try folder.write("0/\(name).csv", Array("a,b,w\n1,2,3\n".utf8))
      try folder.write("1/\(name).csv", Array("a,b,w\n\(other)".utf8))
    }
    try folder.write("0/alone.csv", Array("a,b,w\n1,2,3\n".utf8))
    let ranked = try RankedChild(kind, 2, wrapper: wrapper)
    func load(_ name: String) -> JSON {
      ranked.ask(
        "data.load",
        [
          "name": .string(name),
          "source": ["type": "csv", "path": .string("\(name).csv")], "weights": "w",
        ])
    }
    #expect(load("same")["count"] == 1)
    for name in ["other", "weighted"] {
      let other = load(name)
      #expect(other["code"] == 1701, "\(other.line)")
      #expect(other["message"]?.text?.contains("rank 1 has another data set") == true)
    }
    let alone = load("alone")
    #expect(alone["code"] == 1701, "\(alone.line)")
    #expect(alone["message"]?.text?.contains("rank 1: ") == true)
    // Nothing has changed, and the session goes on.
    #expect(load("none")["data"]?["kind"] != "rank")
    #expect(ranked.ask("data.list", .object([]))["data"]?.elements?.count == 1)
  }
}
