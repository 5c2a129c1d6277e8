import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// Rows stay in a large file: memory is that of a batch, and a file that shrinks is only an error.
@Suite struct LargeFiles {
  /// 500,000 images of 28 x 28: 392 MB of zeros that take no space on the disk, with a few rows of
  /// other values.
  static let rows = 500_000

  /// Writes a sparse file with `header` before its rows.
  static func write(_ path: String, _ header: [UInt8]) -> Bool {
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    defer { close(file) }
    guard ftruncate(file, header.count + rows * 784) == 0 else { return false }
    pwrite(file, header, header.count, 0)
    let image = (0..<784).map { UInt8($0 * 7 % 256) }
    for row in stride(from: 0, to: rows, by: 5000) {
      pwrite(file, image, 784, header.count + row * 784)
    }
    return true
  }

  static let npy: [UInt8] = {
    let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(rows), 28, 28), }"
    let padded = text + String(repeating: " ", count: 117 - text.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8)
  }()

  static let idx: [UInt8] = [0, 0, 8, 3, 0, 7, 0xA1, 0x20, 0, 0, 0, 28, 0, 0, 0, 28]

  @Test(arguments: ["npy", "idx"]) func stayWhereTheyAre(_ type: String) throws {
    let path = "/tmp/elbo-large-\(getpid()).\(type)"
    defer { unlink(path) }
    try #require(Self.write(path, type == "npy" ? Self.npy : Self.idx))
    let child = try Child(["serve"])
    let call = { (method: String, params: JSON) throws -> JSON in
      let message: JSON = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
      child.send(message.line)
      return try json(try #require(child.line()))
    }
    let resident = { () throws -> Int in
      guard case .int(let bytes)? = try call("engine.stats", [:])["result"]?["residentBytes"] else {
        return 0
      }
      return bytes
    }
    let before = try resident()
    let member = type == "npy" ? "path" : "images"
    let loaded = try call(
      "data.load",
      [
        "name": "large",
        "source": .object([.init("type", .string(type)), .init(member, .string(path))]),
        "transforms": [
          ["type": "shuffle"], ["type": "subsample", "factor": 2], ["type": "binarize"],
        ],
      ])
    #expect(loaded["result"]?["count"] == .int(Self.rows), "\(loaded.line)")
    #expect(loaded["result"]?["binary"] == .bool(true))
    let built = try call(
      "model.build",
      [
        "name": "m", "data": "large", "latent": 2, "encoder": [["type": "dense"]],
        "decoder": [["type": "dense"]], "likelihood": ["type": "bernoulli"],
      ])
    #expect(built["error"] == nil, "\(built.line)")
    let made = try call(
      "trainer.create", ["name": "t", "model": "m", "data": "large", "batch": 100])
    #expect(made["error"] == nil, "\(made.line)")
    let stepped = try call("trainer.step", ["trainer": "t", "updates": 500])
    #expect(stepped["error"] == nil, "\(stepped.line)")
    // The order of 500,000 rows takes 2 MB, and exists more than once.
    let growth = try resident() - before
    #expect(before > 0 && growth < 24 << 20, "\(growth) bytes more")

    // The file is written to in place, so that no earlier figure describes its rows.
    let file = open(path, O_WRONLY)
    #expect(pwrite(file, [7], 1, 300_000_000) == 1)
    close(file)
    for (method, params) in [
      ("trainer.step", ["trainer": "t", "updates": 1] as JSON),
      ("data.get", ["data": "large", "count": 10]), ("data.info", ["data": "large"]),
      ("evaluate.elbo", ["model": "m", "data": "large", "count": 10]),
    ] {
      let error = try call(method, params)["error"]
      #expect(error?["data"]?["kind"] == "io", "\(method): \(error?.line ?? "")")
      #expect(
        error?["message"]?.text?.contains("\(path): the file has changed since it was loaded")
          == true)
    }
    #expect(try call("trainer.info", ["trainer": "t"])["result"]?["update"] == 500)
    #expect(truncate(path, 1 << 20) == 0)
    for (method, params) in [
      ("trainer.step", ["trainer": "t", "updates": 1] as JSON),
      ("data.get", ["data": "large", "count": 10]),
      ("evaluate.elbo", ["model": "m", "data": "large", "count": 10]),
    ] {
      let reply = try call(method, params)
      #expect(reply["error"]?["data"]?["kind"] == "io", "\(method): \(reply.line)")
    }
    #expect(try call("engine.ping", [:])["result"] != nil)
    child.closeInput()
    #expect(child.end() == 0)
  }
}
