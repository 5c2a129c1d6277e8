import Declarations
import Files
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

@Suite struct Sources {
  let folder = Folder()

  @Test func everyExampleDecodesToItself() throws {
    for row in SourceKind.registry.rows {
      for example in row.examples {
        #expect(try SourceKind.registry.decode(example).json.line == example.line)
      }
    }
    for row in TransformKind.registry.rows {
      for example in row.examples {
        #expect(try TransformKind.registry.decode(example).json.line == example.line)
      }
    }
  }

  @Test func rowsInTheRequest() throws {
    let data = try load(
      "{\"type\": \"array\", \"values\": [[[0, 0.5], [1, 2]], [[3, 4], [5, 6]]], \"labels\": [1, 0]}"
    )
    #expect(data.count == 2)
    #expect(data.shape == [2, 2])
    #expect(gathered(data, [1, 0, 1]) == [3, 4, 5, 6, 0, 0.5, 1, 2, 3, 4, 5, 6])
    #expect(try data.mean() == [1.5, 2.25, 3, 4])
    #expect((data.minimum, data.maximum) == (0, 6))
  }

  @Test func rowsOfOneNumber() throws {
    #expect(try load("{\"type\": \"array\", \"values\": [1, 0, 1]}").shape == [1])
    #expect(try load("{\"type\": \"array\", \"values\": [1, 0, 1]}").isBinary)
  }

  @Test func rowsOfANumPyFile() throws {
    try NPY.write(Tensor([2, 3], [0, 1, 0, 1, 1, 0]), to: folder("x.npy"))
    try NPY.write(Tensor([2], [4, 2]), to: folder("y.npy"))
    let source = """
      {"type": "npy", "path": "\(folder("x.npy"))", "labels": "\(folder("y.npy"))"}
      """
    let data = try load(source)
    #expect(data.shape == [3])
    #expect(data.isBinary)
    #expect(data.labels == [4, 2])
    try NPY.write(Tensor([2], [4, 2.5]), to: folder("y.npy"))
    #expect(fault { _ = try load(source) }?.path == "source.labels")
    try NPY.write(Tensor([3], [4, 2, 0]), to: folder("y.npy"))
    #expect(fault { _ = try load(source) }?.message == "expected a label for each of 2 rows, got 3")
  }

  /// What people write in place of a source.
  @Test(arguments: [
    ("\"mnist\"", "{\"type\": \"idx\", \"images\": \"train-images-idx3-ubyte.gz\""),
    ("\"strokes\"", "write {\"type\": \"strokes\"}"),
    ("\"rows\"", "\"path\": \"rows.npy\""),
    ("\"data/x.NPY\"", "write {\"type\": \"npy\", \"path\": \"data/x.NPY\"}"),
    ("\"cells.h5ad\"", "write {\"type\": \"hdf5\", \"path\": \"cells.h5ad\"}"),
    ("\"t.tsv.gz\"", "write {\"type\": \"csv\", \"path\": \"t.tsv.gz\"}"),
    ("[[0, 1], [1, 0]]", "{\"type\": \"array\", \"values\": [[0, 1], [1, 0]]}"),
  ])
  func anotherValueSaysWhichSourcesThereAre(value: String, hint: String) {
    let fault = fault { _ = try load(value) }
    #expect(fault?.kind == .params)
    #expect(
      fault?.message.contains("{\"type\": one of array, csv, hdf5, idx, npy, npz, pictures,")
        == true)
    #expect(fault?.hint?.contains(hint) == true, "\(fault?.hint ?? "no hint")")
  }

  @Test func theDigestIsOfTheValuesAndNotOfTheirStorage() throws {
    let bytes = try DataSet(Rows(.bytes([0, 1, 255, 7]), [2]))
    let floats = try DataSet(Rows(.floats([0, 1, 255, 7]), [2]))
    #expect(bytes.sha256 == floats.sha256)
    #expect(bytes.sha256 == SHA256.hex([0, 1, 255, 7] as [UInt8]))
    for values: [Float] in [[0, 1, 256, 7], [0, 1, -1, 7], [0.5, 0, 0, 0]] {
      let data = try DataSet(Rows(.floats(values), [2]))
      #expect(data.sha256 == SHA256.hex(values))
      #expect((data.minimum, data.maximum) == (values.min()!, values.max()!))
    }
  }

  @Test(arguments: [
    ("[]", "source.values", Fault.Kind.params), ("[[1, \"NaN\"]]", "source", .notFinite),
    ("[[1], [\"-Infinity\"]]", "source", .notFinite),
    ("{\"shape\": [2, 2], \"values\": [1, 2, 3]}", "source.values.values", .params),
    ("{\"path\": \"/nowhere.npy\"}", "source.values.path", .io),
  ])
  func refuses(values: String, path: String, kind: Fault.Kind) {
    let fault = fault { _ = try load("{\"type\": \"array\", \"values\": \(values)}") }
    #expect(fault?.path == path)
    #expect(fault?.kind == kind)
  }

  @Test func namesTheRowThatIsNotANumber() {
    let fault = fault { _ = try load("{\"type\": \"array\", \"values\": [[1, 2], [3, \"NaN\"]]}") }
    #expect(fault?.message == "row 1 has nan at position 1")
    #expect(fault?.hint?.contains("leave out the rows") == true)
    let scaled = TestSupport.fault {
      let scale = "{\"type\": \"scale\", \"by\": 1e38}"
      _ = try load("{\"type\": \"array\", \"values\": [[1, 2], [3, 4]]}", "[\(scale)]")
    }
    #expect(scaled?.message == "row 1 has inf at position 1 after the transforms")
    #expect(scaled?.path == "source")
  }
}

@Suite struct StrokesOfTheHand {
  @Test func theSameSeedDrawsTheSame() throws {
    let few = try load("{\"type\": \"strokes\", \"count\": 40, \"seed\": 5}")
    let many = try load("{\"type\": \"strokes\", \"count\": 100, \"seed\": 5}")
    let other = try load("{\"type\": \"strokes\", \"count\": 40, \"seed\": 6}")
    #expect(gathered(few) == Array(gathered(many)[..<(40 * 784)]))
    #expect(few.sha256 != other.sha256)
  }

  @Test func everyClassIsThereAlikeOften() throws {
    let data = try load("{\"type\": \"strokes\", \"count\": 1000}")
    #expect(data.shape == [28, 28])
    #expect(data.classes == Array(0...9))
    for digit in 0...9 { #expect(data.labels?.filter { $0 == digit }.count == 100) }
  }

  @Test func theyAreSetAsMNISTsAre() throws {
    let data = try load("{\"type\": \"strokes\", \"count\": 1000}")
    let pixels = gathered(data)
    let ink = pixels.filter { $0 > 128 }.count
    #expect((0.09...0.19).contains(Double(ink) / Double(pixels.count)))
    #expect((data.minimum, data.maximum) == (0, 255))
    for row in 0..<data.count {
      let image = pixels[row * 784..<(row + 1) * 784]
      let total = image.reduce(0, +)
      let x =
        image.enumerated().reduce(Float(0)) { $0 + Float($1.offset % 28) * $1.element } / total
      let y =
        image.enumerated().reduce(Float(0)) { $0 + Float($1.offset / 28) * $1.element } / total
      #expect(abs(x - 13.5) < 3 && abs(y - 13.5) < 3, "row \(row): the ink is in the middle")
      let edge = image.enumerated().filter { $0.offset % 28 % 27 == 0 || $0.offset / 28 % 27 == 0 }
      #expect(edge.allSatisfy { $0.element == 0 }, "row \(row): no ink at the edge")
    }
  }

  @Test func noTwoAreAlikeAndClassesDiffer() throws {
    let data = try load("{\"type\": \"strokes\", \"count\": 2000}")
    let pixels = gathered(data)
    let rows = (0..<2000).map { pixels[$0 * 784..<($0 + 1) * 784] }
    #expect(Set(rows).count == 2000)
    // The class means of the first half classify most of the second half, so the pictures are
    // digits.
    var means = [[Float]](repeating: [Float](repeating: 0, count: 784), count: 10)
    for row in 0..<1000 { for (c, v) in rows[row].enumerated() { means[row % 10][c] += v / 100 } }
    let right = (1000..<2000).filter { row in
      let distances = means.map { mean in
        zip(mean, rows[row]).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      return distances.indices.min { distances[$0] < distances[$1] } == row % 10
    }
    #expect(right.count > 800)
    #expect(right.count < 1000, "a hand that never errs is a font")
  }
}
