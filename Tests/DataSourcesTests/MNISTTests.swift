import DataSources
import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// The folder of the digits, if it exists: beside the package, or named by MNIST.
let mnist: String = {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  return getenv("MNIST").map { String(cString: $0) } ?? "/\(root)/../shared/data/mnist"
}()
let hasMNIST = access(mnist + "/train-images-idx3-ubyte.gz", R_OK) == 0

func digits(_ name: String) -> String {
  """
  {"type": "idx", "images": "\(mnist)/\(name)-images-idx3-ubyte.gz",
   "labels": "\(mnist)/\(name)-labels-idx1-ubyte.gz"}
  """
}

@Suite(.enabled(if: hasMNIST, "MNIST's files are not in ../shared/data/mnist")) struct MNIST {
  static let homework = """
    [{"type": "perClass", "count": 1000}, {"type": "subsample", "factor": 2},
     {"type": "binarize", "threshold": 128}]
    """

  @Test(arguments: [
    ("train-images-idx3", 3, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1", 1, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3", 3, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
  ])
  func inflatesToThePublishedSums(name: String, rank: Int, sum: String) throws {
    let file = try IDXFile(
      contentsOf: "\(mnist)/\(name)-ubyte.gz", rank: rank...rank, "arrays")
    var bytes: [UInt8] = [0, 0, 8, UInt8(rank)]
    for extent in file.extents { bytes += (0..<4).map { UInt8(extent >> (24 - 8 * $0) & 255) } }
    guard case .bytes(let values) = try file.storage() else {
      Issue.record("not bytes")
      return
    }
    #expect(SHA256.hex(bytes + values) == sum)
  }

  @Test func theHomeworksRows() throws {
    let data = try load(digits("train"), Self.homework, "{\"validation\": 100}")
    // Computed by NumPy from the same files.
    let sum = "c6d3ae43f9b46944514f2d79f99d7a4c2d687496e6268d0c031db257173c0d2b"
    #expect(data.sha256 == sum)
    #expect(gathered(data).reduce(0, +) == 258_551)
    #expect(data.labels?.prefix(12) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5])
    #expect(data.splits.map(\.rows.count) == [9900, 100])
    #expect(data.count == 10_000)
    #expect(data.shape == [14, 14])
    #expect(data.isBinary)
    #expect(data.classes == Array(0...9))
  }

  @Test func aClassWithFewerIsNamed() {
    let fault = fault {
      _ = try load(digits("t10k"), "[{\"type\": \"perClass\", \"count\": 1000}]")
    }
    #expect(fault?.message == "class 0 has only 980 rows, not 1000")
    #expect(fault?.path == "transforms[0].count")
  }

  @Test func imagesWithTheLabelsOfOthersAreRefused() {
    let source = """
      {"type": "idx", "images": "\(mnist)/t10k-images-idx3-ubyte.gz",
       "labels": "\(mnist)/train-labels-idx1-ubyte.gz"}
      """
    #expect(
      fault { _ = try load(source) }?.message.contains("60000 labels for 10000 images") == true)
  }

  @Test func loadsQuickly() throws {
    // A generous bound, since other work may share the machine: 0.2 seconds alone.
    let time = try ContinuousClock().measure { _ = try load(digits("train"), Self.homework) }
    #expect(time < .seconds(2))
  }
}
