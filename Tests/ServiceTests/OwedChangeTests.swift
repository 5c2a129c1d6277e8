import Engine
import Files
import Glibc
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

@testable import Service

/// A change that cannot be written into the folder of `--state` for lack of memory.
@Suite struct OwedChanges {
  private let folder = Folder()
  private var manifest: String { folder("state/session.json") }

  /// Bounds the addresses of a child to what it has now and `more` bytes; nil lifts the bound.
  private func bound(_ child: Child, more: Int?) {
    let bytes = more.map { "\(child.memory("VmSize") + $0)" } ?? "unlimited"
    #expect(system("prlimit --pid \(child.process) --as=\(bytes):unlimited") == 0)
  }

  private func listed() throws -> [String] {
    try (json(String(decoding: File.read(manifest), as: UTF8.self)).elements ?? []).compactMap {
      $0["name"]?.text
    }
  }

  /// It waits, `failure` names the reason, and later changes are written.
  @Test(.timeLimit(.minutes(1))) func waitsAndHoldsUpNoOther() throws {
    let array = folder("large.npy")
    try NPY.write(Tensor([1 << 22, 4], [Float](repeating: 1, count: 1 << 24)), to: array)
    let child = try Child(["serve", "--threads", "1", "--state", folder("state")])
    func load(_ name: String, _ values: JSON) throws {
      let source: JSON = ["type": "array", "values": values]
      let reply = child.call("data.load", ["name": .string(name), "source": source])
      #expect(reply?["result"] != nil, "\(reply?.line ?? "nothing")")
    }
    func failure() -> String? {
      child.call("engine.info", [:])?["result"]?["state"]?["failure"]?.text
    }
    try load("a", [[1, 2]])
    // Another failure, so that the next change is owed.
    #expect(rename(manifest, manifest + ".old") == 0 && mkdir(manifest, 0o700) == 0)
    try load("large", ["path": .string(array)])
    #expect(failure()?.contains("session.json") == true)
    #expect(rmdir(manifest) == 0)
    bound(child, more: Files.Memory.reserve + 1 << 24)
    try load("b", [[3, 4]])
    #expect(failure()?.contains("not enough memory") == true, "\(failure() ?? "none")")
    #expect(try listed().contains("b"))
    bound(child, more: nil)
    try load("c", [[5, 6]])
    #expect(failure() == nil, "\(failure() ?? "none")")
    #expect(Set(try listed()) == ["a", "b", "c", "large"])
    child.closeInput()
    #expect(child.end() == 0)
  }
}
