import Engine
import JSON
import SessionSupport
import Tensors
import TestSupport
import Testing

/// Files that earlier versions have written: Tests/Fixtures/formats/VERSION, made by make.py there.
///
/// None of these files may ever change; a version that writes other files adds a folder of its own.
@Suite struct FormatTests {
  private static let formats =
    #filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)
    + "/../Fixtures/formats/"

  private struct Saved: Sendable, CustomTestStringConvertible {
    let version: String
    var file = "trainer.safetensors"
    /// The arrays that later versions compute in another way.
    var changed: Set<String> = []

    var path: String { "\(formats)\(version)/\(file)" }
    var testDescription: String { "\(version)/\(file)" }
  }

  private static let saved = [
    // Since 0.1.0 running statistics weigh a batch by its rows, and 20 rows leave a batch of four.
    Saved(
      version: "before-0.1.0",
      changed: ["model.encoder.1.runningMean", "model.encoder.1.runningVariance"]),
    Saved(version: "0.1.0"), Saved(version: "0.2.0"),
    Saved(version: "0.2.0", file: "checkpoints"),
  ]

  /// A bias before batchNorm has no gradient but rounding, which Adam scales to its rate; the
  /// running mean follows the bias.
  private static let unbound: Set<String> = [
    "model.encoder.0.bias", "average.encoder.0.bias", "model.encoder.1.runningMean",
  ]

  private func session() throws -> Session {
    let rows = (0..<26).map { r in
      let row = (0..<6).map { c in Double((7 * r * r + 5 * c * c + 3 * r * c + r) % 11) / 10 }
      return "[\(row.map { "\($0)" }.joined(separator: ","))]"
    }
    let session = Session()
    _ = try session.call(
      "data.load",
      #"{"name": "d", "split": {"validation": 6, "seed": 1}, "source": {"type": "array", "values": [\#(rows.joined(separator: ","))]}}"#
    )
    return session
  }

  @Test(arguments: saved) private func trainingGoesOnAsItDidThen(_ saved: Saved) throws {
    let session = try session()
    _ = try session.call(
      "trainer.load", #"{"path": "\#(saved.path)", "data": "d", "name": "t", "model": "m"}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 20}"#)
    let folder = Folder()
    _ = try session.call(
      "trainer.save", #"{"trainer": "t", "path": "\#(folder("again"))"}"#)
    let then = try SafeTensors(
      contentsOf: Saved(version: saved.version, file: "after.safetensors").path)
    let now = try SafeTensors(contentsOf: folder("again"))
    #expect(then.entries.map(\.name).sorted() == now.entries.map(\.name).sorted())
    for entry in then.entries {
      let found = try #require(now[entry.name])
      // The files were made by the kernels for AVX-512; others round in another order.
      let exact = Platform.simd == "x86-64-v4"
      let rounded: Float = Self.unbound.contains(entry.name) ? 1e-2 : 1e-4
      let bound: Float = saved.changed.contains(entry.name) ? 0.1 : exact ? 0 : rounded
      #expect(
        zip(found.values, entry.tensor.values).allSatisfy { abs($0 - $1) <= bound },
        "\(entry.name)")
    }
  }

  @Test(arguments: ["before-0.1.0", "0.1.0", "0.2.0"]) func modelsHaveTheWeightsOfTheirFile(
    _ version: String
  ) throws {
    let session = try session()
    let path = "\(Self.formats)\(version)/model.safetensors"
    _ = try session.call("model.load", #"{"path": "\#(path)", "name": "m"}"#)
    let folder = Folder()
    _ = try session.call("model.save", #"{"model": "m", "path": "\#(folder("again"))"}"#)
    let (then, now) = (
      try SafeTensors(contentsOf: path), try SafeTensors(contentsOf: folder("again"))
    )
    #expect(then.entries.count == 12)
    for entry in then.entries { #expect(now[entry.name]?.values == entry.tensor.values) }
  }
}
