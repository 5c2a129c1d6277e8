import Declarations
import Files
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Counts the checkpoints of a piece of work, and ends the work at one of them.
private struct Checkpoints {
  /// Returns the number of checkpoints of `work`, which runs to its end; throws otherwise.
  static func count(_ work: (() throws(Fault) -> Void) throws(Fault) -> Void) throws -> Int {
    var count = 0
    try work { () throws(Fault) in count += 1 }
    // A fault thrown at a checkpoint must come out unchanged.
    for place in [1, count] where count > 0 {
      var passed = 0
      let cancelled = Fault(.cancelled, "enough")
      let thrown = fault {
        try work { () throws(Fault) in
          passed += 1
          if passed == place { throw cancelled }
        }
      }
      #expect(thrown == cancelled && passed == place, "ended at \(passed) of \(count)")
    }
    return count
  }
}

/// A cancelled load ends within one piece of its work.
@Suite struct CancelledLoads {
  let folder = Folder()

  private func source(_ text: String) throws -> any SourcePart {
    try Choice<SourceKind>(json: JSON(parsing: text)).product
  }

  private func checkpoints(_ text: String) throws -> Int {
    let source = try source(text)
    return try Checkpoints.count { (checkpoint) throws(Fault) in _ = try source.load(checkpoint) }
  }

  @Test func everyDigitDrawn() throws {
    #expect(try checkpoints(#"{"type": "strokes", "count": 30}"#) == 30)
  }

  @Test func everyPicture() throws {
    for name in 0..<5 { _ = try folder.write("\(name).png", png(2, 2, [1, 2, 3, 4])) }
    #expect(try checkpoints("{\"type\": \"png\", \"path\": \"\(folder.path)\"}") == 5)
  }

  @Test func everyRecordAndColumnOfATable() throws {
    let text = "a,b\n" + (0..<40).map { "\($0),\($0)\n" }.joined()
    let path = try folder.write("table.csv", Array(text.utf8))
    #expect(try checkpoints("{\"type\": \"csv\", \"path\": \"\(path)\"}") == 42)
  }

  @Test func everyPieceThatIsInflated() throws {
    let images = idx([3000, 32, 32], [UInt8](repeating: 7, count: 3000 * 1024))
    let path = try folder.write("images.gz", gzip(images))
    #expect(try checkpoints("{\"type\": \"idx\", \"images\": \"\(path)\"}") >= 3)
  }

  @Test func everyPartOfAnArrayInAFile() throws {
    let path = "\(folder.path)/rows.npy"
    try NPY.write(Tensor(zeros: [3000, 400]), to: path)
    #expect(try checkpoints("{\"type\": \"npy\", \"path\": \"\(path)\"}") >= 5)
    let file = "\(folder.path)/rows.safetensors"
    let entry = SafeTensors.Entry("rows", Tensor(zeros: [3000, 400]))
    _ = try SafeTensors([entry]).write(to: file)
    #expect(
      try checkpoints("{\"type\": \"safetensors\", \"path\": \"\(file)\", \"tensor\": \"rows\"}")
        >= 5)
  }

  @Test func anArrayThatIsThereAlready() throws {
    #expect(try checkpoints(#"{"type": "array", "values": [[1, 2], [3, 4]]}"#) == 1)
  }

  /// 3 x 2^20 values are at least three pieces.
  private func rows() throws -> [Rows] {
    let count = 3 << 20
    let bytes = [UInt8](repeating: 200, count: count)
    let path = try folder.write("bytes", bytes)
    let array = StoredArray(try OpenFile(path), offset: 0, .uint8, [3072, 32, 32])
    let labels = (0..<3072).map { $0 % 2 }
    return try [
      Storage.bytes(bytes), .floats([Float](repeating: 200, count: count)),
      Storage(array, least: 0),
    ].map { try Rows($0, [32, 32], labels: labels) }
  }

  @Test(arguments: [
    #"{"type": "binarize"}"#, #"{"type": "perClass", "count": 1536}"#,
    #"{"type": "scale", "by": 0.5}"#, #"{"type": "shuffle"}"#,
    #"{"type": "subsample", "factor": 2}"#, #"{"type": "take", "count": 3072}"#,
  ])
  func everyPieceOfATransform(_ text: String) throws {
    let transform = try Choice<TransformKind>(json: JSON(parsing: text)).product
    for rows in try rows() {
      let count = try Checkpoints.count { (checkpoint) throws(Fault) in
        _ = try transform.apply(to: rows, checkpoint)
      }
      // Transforms of rows in a file are only recorded, but binarising searches for the greatest
      // value.
      let isNoted = if case .stored = rows.storage { !text.contains("binarize") } else { false }
      #expect(isNoted || count >= 3, "\(text): \(count)")
    }
  }

  @Test func everyPieceThatIsMeasuredAndDigested() throws {
    for rows in try rows() {
      let spread = try Checkpoints.count { (checkpoint) throws(Fault) in
        _ = try Spread(rows.storage, checkpoint)
      }
      #expect(spread >= 3)
      let whole = try Checkpoints.count { (checkpoint) throws(Fault) in
        _ = try DataSet(rows, nil, checkpoint)
      }
      #expect(whole >= spread + 3, "the digest too")
      let set = try DataSet(rows)
      let mean = try Checkpoints.count { (checkpoint) throws(Fault) in _ = try set.mean(checkpoint)
      }
      #expect(mean >= 3)
    }
  }

  /// The whole of `data.load`, each part of which has checkpoints.
  @Test func everyPartOfALoad() throws {
    let source = try Choice<SourceKind>(json: ["type": "strokes", "count": 10])
    let transforms = try [Choice<TransformKind>](json: [["type": "shuffle"], ["type": "binarize"]])
    let count = try Checkpoints.count { (checkpoint) throws(Fault) in
      _ = try DataSet.load(source, transforms, nil, checkpoint: checkpoint)
    }
    #expect(count == 10 + 2 + 1 + 2 + 2, "digits, transforms, shuffling, binarising, measuring")
  }
}
