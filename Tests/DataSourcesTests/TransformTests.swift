import Files
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

@Suite struct Transforms {
  /// Three images of 3x5 with their indices as pixels, of classes 1, 0, 1.
  static let images = """
    {"type": "array", "labels": [1, 0, 1], "values": {"shape": [3, 3, 5], "values":
     [\((0..<45).map(String.init).joined(separator: ","))]}}
    """

  @Test(
    arguments: [
      ("{\"type\": \"take\", \"count\": 2}", [3, 5], (0..<30).map { Float($0) }, [1, 0]),
      ("{\"type\": \"perClass\", \"count\": 1}", [3, 5], (0..<30).map { Float($0) }, [1, 0]),
      (
        "{\"type\": \"subsample\", \"factor\": 2}", [2, 3],
        [0, 2, 4, 10, 12, 14, 15, 17, 19, 25, 27, 29, 30, 32, 34, 40, 42, 44], [1, 0, 1]
      ),
      ("{\"type\": \"subsample\", \"factor\": 5}", [1, 1], [0, 15, 30], [1, 0, 1]),
      (
        "{\"type\": \"binarize\", \"threshold\": 40}", [3, 5],
        (0..<45).map { $0 > 40 ? 1 : 0 }, [1, 0, 1]
      ),
      ("{\"type\": \"scale\", \"by\": 0.5}", [3, 5], (0..<45).map { Float($0) / 2 }, [1, 0, 1]),
    ] as [(String, Shape, [Float], [Int])])
  func change(transform: String, shape: Shape, values: [Float], labels: [Int]) throws {
    let data = try load(Self.images, "[\(transform)]")
    #expect(data.shape == shape)
    #expect(gathered(data) == values)
    #expect(data.labels == labels)
  }

  @Test func channelsAreSubsampledEach() throws {
    let values = (0..<8).map(String.init).joined(separator: ",")
    let data = try load(
      "{\"type\": \"array\", \"values\": {\"shape\": [1, 2, 2, 2], \"values\": [\(values)]}}",
      "[{\"type\": \"subsample\", \"factor\": 2}]")
    #expect(data.shape == [2, 1, 1])
    #expect(gathered(data) == [0, 4])
  }

  @Test func bytesAndFloatsAreTransformedAlike() throws {
    let bytes = (0...255).map { UInt8($0) }
    let floats = bytes.map { Float($0) }
    for threshold in [-1, -0.5, 0, 0.5, 127.5, 128, 254, 254.9, 255, 300, -1e300, 1e300] {
      let expected = try Storage.bytes(bytes).above(threshold) {}
      #expect(try Storage.floats(floats).above(threshold) {} == expected)
    }
    let expected = try Storage.bytes(bytes).scaled(by: 0.1) {}
    #expect(try Storage.floats(floats).scaled(by: 0.1) {} == expected)
  }

  @Test func shufflingKeepsRowsWithTheirLabels() throws {
    let source = "{\"type\": \"strokes\", \"count\": 50}"
    let plain = try load(source)
    let data = try load(source, "[{\"type\": \"shuffle\", \"seed\": 3}]")
    let again = try load(source, "[{\"type\": \"shuffle\", \"seed\": 3}]")
    let other = try load(source, "[{\"type\": \"shuffle\", \"seed\": 4}]")
    #expect(data.sha256 == again.sha256)
    #expect(data.sha256 != other.sha256 && data.sha256 != plain.sha256)
    let before = Set((0..<50).map { gathered(plain, [$0]) + [Float(plain.labels![$0])] })
    let after = Set((0..<50).map { gathered(data, [$0]) + [Float(data.labels![$0])] })
    #expect(before == after && after.count == 50)
  }

  @Test(arguments: [
    (
      "[{\"type\": \"perClass\", \"count\": 2}]", "transforms[0].count",
      "class 0 has only 1 rows, not 2"
    ),
    (
      "[{\"type\": \"take\", \"count\": 4}]", "transforms[0].count",
      "expected an integer from 1 to 3"
    ),
    (
      "[{\"type\": \"take\", \"count\": 0}]", "transforms[0].count",
      "expected an integer from 1 to 4294967295, got 0"
    ),
    (
      "[{\"type\": \"scale\", \"by\": 2}, {\"type\": \"subsample\", \"factor\": 6}]",
      "transforms[1].factor",
      "expected a factor from 1 to 5"
    ),
    ("[{\"type\": \"scale\", \"by\": 0}]", "transforms[0].by", "other than 0"),
    (
      "[{\"type\": \"binarize\"}]", "transforms[0].threshold",
      "no value is above 128.0: the largest is 44.0"
    ),
    (
      "[{\"type\": \"binarize\", \"threshold\": 1, \"random\": true}]", "transforms[0].threshold",
      "got both"
    ),
    (
      "[{\"type\": \"binarize\", \"threshold\": 1, \"seed\": 1}]", "transforms[0].seed",
      "a seed goes with"
    ),
    (
      "[{\"type\": \"binarize\", \"random\": true}, {\"type\": \"scale\", \"by\": 2}]",
      "transforms[1]",
      "binary rows are not scaled"
    ),
    (
      "[{\"type\": \"binarize\", \"random\": true}, {\"type\": \"binarize\", \"threshold\": 1}]",
      "transforms[1]", "an earlier transform has already"
    ),
    ("[{\"type\": \"shuffle\", \"seed\": -1}]", "transforms[0].seed", "expected an integer from 0"),
    ("[{\"type\": \"binarise\"}]", "transforms[0].type", "no such transform"),
  ])
  func refuse(transforms: String, path: String, message: String) {
    let fault = fault { _ = try load(Self.images, transforms) }
    #expect(fault?.path == path)
    #expect(fault?.kind == .params)
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func needLabelsAndImagesWhereTheyDo() {
    let source = "{\"type\": \"array\", \"values\": [[1, 2], [3, 4]]}"
    let unlabelled = fault { _ = try load(source, "[{\"type\": \"perClass\", \"count\": 1}]") }
    #expect(unlabelled?.path == "transforms[0]")
    #expect(unlabelled?.message == "perClass needs labels, but the rows have none")
    let flat = fault { _ = try load(source, "[{\"type\": \"subsample\", \"factor\": 2}]") }
    #expect(flat?.kind == .shape)
    #expect(flat?.message.contains("not [2]") == true)
  }
}

@Suite struct RandomBinarization {
  static let grey = "{\"type\": \"array\", \"values\": [[0, 0.25, 0.5, 1], [1, 0.5, 0.25, 0]]}"
  static let random = "[{\"type\": \"binarize\", \"random\": true}]"

  @Test func onesComeAsOftenAsTheGreyLevelSays() throws {
    let bytes = try DataSet(
      try Binarize(json: ["random": true]).apply(to: Rows(.bytes([0, 51, 102, 255]), [4])))
    let floats = try load(Self.grey, Self.random)
    #expect(try zip(bytes.mean(), [0, 0.2, 0.4, 1]).allSatisfy { abs($0 - $1) < 1e-6 })
    for (data, chances) in [(bytes, [0, 0.2, 0.4, 1]), (floats, [0, 0.25, 0.5, 1])]
      as [(DataSet, [Double])]
    {
      var sums = [Double](repeating: 0, count: 4)
      for update in 0..<10_000 {
        let row = gathered(data, [0], update: UInt32(update))
        #expect(row.allSatisfy { $0 == 0 || $0 == 1 })
        for c in 0..<4 { sums[c] += Double(row[c]) }
      }
      for c in 0..<4 {
        let deviation = (chances[c] * (1 - chances[c]) / 10_000).squareRoot()
        #expect(abs(sums[c] / 10_000 - chances[c]) <= 4 * deviation)
      }
    }
  }

  @Test func drawsDependOnRowAndUpdateAlone() throws {
    let data = try load("{\"type\": \"strokes\", \"count\": 8}", Self.random)
    let together = gathered(data, [3, 5, 7], update: 9)
    let apart = [3, 5, 7].flatMap { gathered(data, [$0], update: 9) }
    #expect(together == apart)
    #expect(together != gathered(data, [3, 5, 7], update: 10))
    let seeded = try load(
      "{\"type\": \"strokes\", \"count\": 8}",
      "[{\"type\": \"binarize\", \"random\": true, \"seed\": 1}]")
    #expect(together != gathered(seeded, [3, 5, 7], update: 9))
    #expect(data.sha256 != seeded.sha256)
  }

  @Test func isBinaryAndHasADigestOfItsOwn() throws {
    let data = try load(Self.grey, Self.random)
    #expect(data.isBinary)
    #expect((data.minimum, data.maximum) == (0, 1))
    #expect(data.binarization == .random(seed: 0))
    let plain = try load(Self.grey)
    #expect(data.sha256 != plain.sha256)
    var bytes: [UInt8] = []
    [Float](([0, 0.25, 0.5, 1, 1, 0.5, 0.25, 0])).withUnsafeBytes { bytes += $0 }
    #expect(data.sha256 == SHA256.hex(bytes + Array("random 0".utf8)))
  }

  @Test func aBlockWithPaddingKeepsItsPadding() throws {
    for transforms in ["[]", Self.random] {
      let data = try load(Self.grey, transforms)
      var values = [Float](repeating: -7, count: 32)
      values.withUnsafeMutableBufferPointer { buffer in
        let block = Block(buffer.baseAddress!, rows: 2, columns: 4, stride: 16)
        data.gather([0, 1], into: block, update: 0)
      }
      #expect(values[4..<16].allSatisfy { $0 == -7 } && values[20...].allSatisfy { $0 == -7 })
    }
  }

  @Test func refusesLevelsBelowZero() {
    let fault = fault { _ = try load("{\"type\": \"array\", \"values\": [[-1, 1]]}", Self.random) }
    #expect(fault?.kind == .support)
  }
}

@Suite struct Splits {
  static let source = "{\"type\": \"strokes\", \"count\": 100}"

  @Test(arguments: [
    ("{\"validation\": 10}", ["train": 90, "validation": 10]),
    ("{\"validation\": 0.25, \"test\": 5}", ["train": 70, "validation": 25, "test": 5]),
    ("{\"test\": 0.5, \"seed\": 7}", ["train": 50, "test": 50]),
    ("{\"validation\": 1, \"test\": 98}", ["train": 1, "validation": 1, "test": 98]),
    ("{}", ["train": 100]),
  ])
  func areDisjointAndComplete(split: String, counts: [String: Int]) throws {
    let data = try load(Self.source, "[]", split)
    #expect(
      Dictionary(uniqueKeysWithValues: data.splits.map { ($0.name, $0.rows.count) }) == counts)
    #expect(data.splits.flatMap(\.rows).sorted() == (0..<100).map { UInt32($0) })
    #expect(data.splits.allSatisfy { $0.rows == $0.rows.sorted() })
    #expect(data.splits.first?.name == "train")
    #expect(try load(Self.source, "[]", split).splits == data.splits)
  }

  @Test func dependOnTheSeed() throws {
    let one = try load(Self.source, "[]", "{\"validation\": 50, \"seed\": 1}")
    let two = try load(Self.source, "[]", "{\"validation\": 50, \"seed\": 2}")
    #expect(one.split("validation") != two.split("validation"))
    #expect(one.sha256 == two.sha256)
  }

  @Test(arguments: [
    ("{\"validation\": 0}", "validation", "above 0"),
    ("{\"validation\": -1}", "validation", "above 0"),
    ("{\"validation\": 0.001}", "split.validation", "got 0.001, which is no row of 100"),
    ("{\"validation\": 1.5}", "split.validation", "a count from 1 to 99, or a fraction"),
    ("{\"validation\": 1e30}", "split.validation", "a count from 1 to 99"),
    ("{\"validation\": \"NaN\"}", "validation", "above 0"),
    ("{\"test\": 100}", "split.test", "leave no row of 100 to train on"),
    (
      "{\"validation\": 0.6, \"test\": 0.5}", "split.validation",
      "validation (60) and test (50) leave no row"
    ),
    ("{\"train\": 10}", "train", "no such member"),
  ])
  func refuse(split: String, path: String, message: String) {
    let fault = fault { _ = try load(Self.source, "[]", split) }
    #expect(fault?.path == path)
    #expect(fault?.kind == .params)
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
  }
}
