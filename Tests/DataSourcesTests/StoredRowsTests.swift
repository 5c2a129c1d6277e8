import Declarations
import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@testable import DataSources

/// Rows that stay in their file behave like rows in memory: the same values, digests and faults.
@Suite struct RowsInAFile {
  let folder = Folder()

  /// 12 images of 5 x 6 grey levels.
  static let shape: Shape = [12, 5, 6]
  static let levels = (0..<360).map { UInt8($0 * 89 % 256) }
  static let labels = (0..<12).map { $0 % 3 }

  /// Returns the same numbers in each type, as `Rows` in memory and in a file.
  func pair(_ element: StoredArray.Element, _ levels: [UInt8] = levels) throws -> (Rows, Rows) {
    // An odd offset, which a header may cause.
    let bytes = [1, 2, 3] + Self.bytes(of: levels.map { Int($0) }, as: element, fraction: 8)
    let path = try folder.write("\(element)", bytes)
    let array = StoredArray(try OpenFile(path), offset: 3, element, Self.shape)
    return (
      try Rows(Storage(array), [5, 6], labels: Self.labels),
      try Rows(Storage(array, least: 0), [5, 6], labels: Self.labels)
    )
  }

  static func bytes<T>(of value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

  /// Returns the numbers as a file holds them: integers as they are, others divided by `fraction`.
  static func bytes(
    of numbers: [Int], as element: StoredArray.Element, fraction: Int = 1
  ) -> [UInt8] {
    switch element {
    case .bool: numbers.map { UInt8($0 == 0 ? 0 : 1) }
    case .uint8: numbers.map { UInt8($0) }
    case .int8: numbers.map { UInt8(bitPattern: Int8(truncatingIfNeeded: $0)) }
    case .int16, .uint16: numbers.flatMap { bytes(of: UInt16($0)) }
    case .int32, .uint32: numbers.flatMap { bytes(of: UInt32($0)) }
    case .int64, .uint64: numbers.flatMap { bytes(of: $0) }
    case .float32: numbers.flatMap { bytes(of: Float($0) / Float(fraction)) }
    case .float64: numbers.flatMap { bytes(of: Double($0) / Double(fraction)) }
    // The upper half of a float32 holds 8 bits of a number.
    case .bfloat16: numbers.flatMap { bytes(of: UInt16((Float($0) / 8).bitPattern >> 16)) }
    // Any bits, without infinities and NaN.
    case .float16: numbers.flatMap { bytes(of: UInt16($0 * 97 % 31_000)) }
    case .float8E5M2, .float8E4M3: numbers.map { UInt8($0 % 120) }
    }
  }

  static let elements = StoredArray.Element.allCases
  /// One of each width that holds the numbers from 0 to 255.
  static let someElements: [StoredArray.Element] = [.uint8, .float16, .float32, .float64, .int64]

  static let transforms = [
    "[]", "[{\"type\": \"take\", \"count\": 5}]", "[{\"type\": \"perClass\", \"count\": 2}]",
    "[{\"type\": \"shuffle\", \"seed\": 3}]", "[{\"type\": \"subsample\", \"factor\": 2}]",
    "[{\"type\": \"binarize\", \"threshold\": 9.5}]", "[{\"type\": \"scale\", \"by\": 0.1}]",
    "[{\"type\": \"binarize\", \"random\": true, \"seed\": 4}]",
    """
    [{"type": "shuffle"}, {"type": "take", "count": 7}, {"type": "subsample", "factor": 2},
     {"type": "scale", "by": 0.25}, {"type": "shuffle", "seed": 1},
     {"type": "subsample", "factor": 2}, {"type": "binarize", "threshold": 3}]
    """,
    """
    [{"type": "take", "count": 9}, {"type": "take", "count": 4}, {"type": "scale", "by": 0.01},
     {"type": "binarize", "random": true}]
    """,
  ]

  @Test(arguments: someElements, transforms)
  func areAsRowsInMemory(element: StoredArray.Element, transforms: String) throws {
    var (inMemory, inFile) = try pair(element)
    for transform in try [Choice<TransformKind>](json: JSON(parsing: transforms)) {
      inMemory = try transform.product.apply(to: inMemory)
      inFile = try transform.product.apply(to: inFile)
    }
    guard case .stored = inFile.storage else {
      Issue.record("not in its file any more")
      return
    }
    let (expected, data) = (try DataSet(inMemory), try DataSet(inFile))
    #expect(data.count == expected.count && data.shape == expected.shape)
    #expect(data.labels == expected.labels)
    #expect(data.sha256 == expected.sha256)
    #expect((data.minimum, data.maximum) == (expected.minimum, expected.maximum))
    #expect(data.isBinary == expected.isBinary)
    let mean = try expected.mean()
    #expect(try data.mean() == mean)
    let names = [data.count - 1, 0, 2, 0]
    for update: UInt32 in [0, 7] {
      #expect(gathered(data, names, update: update) == gathered(expected, names, update: update))
    }
  }

  @Test(arguments: elements) func rowsLongerThanWhatIsReadAtOnce(_ element: StoredArray.Element)
    throws
  {
    let width = 20_011
    let values = (0..<2 * width).map { $0 * 37 % 251 }
    var bytes = Self.bytes(of: values, as: element)
    let file = try OpenFile(folder.write("wide", bytes))
    let array = StoredArray(file, offset: 0, element, [2, 1, width])
    let data = try DataSet(Rows(Storage(array, least: 0), [1, width]))
    // The conversion itself is tested on files of every type.
    var expected = [Float](repeating: 0, count: 2 * width)
    element.convert(&bytes, 2 * width, into: &expected)
    if element == .int64 { #expect(expected == values.map { Float($0) }) }
    #expect(gathered(data, [1, 0]) == Array(expected[width...] + expected[..<width]))
    let few = try DataSet(Subsample(json: ["factor": 3]).apply(to: Rows(data.storage, [1, width])))
    let kept = stride(from: 0, to: width, by: 3).map { expected[width + $0] }
    #expect(gathered(few, [1]) == kept)
  }

  @Test func aFileThatShrinksIsAFaultAndNotACrash() throws {
    for element in Self.elements {
      let (_, rows) = try pair(element)
      let data = try DataSet(rows)
      #expect(data.takeFault() == nil)
      #expect(truncate(folder("\(element)"), 100) == 0)
      let values = gathered(data, [11])
      #expect(values.filter(\.isNaN).count == values.count)
      let fault = data.takeFault()
      #expect(fault?.kind == .io)
      #expect(fault?.message.contains("has changed since it was loaded") == true)
      #expect(fault?.message.contains("bytes have become 100") == true)
      #expect(data.takeFault() == nil, "told once")
      #expect(TestSupport.fault { _ = try DataSet(rows) }?.kind == .io)
      let binarized = try Binarize(json: ["threshold": 1])
      #expect(
        TestSupport.fault { _ = try DataSet(try binarized.apply(to: rows)) }?.kind == .io)
    }
  }

  /// The same size with other numbers in the same file, which only the time shows.
  @Test(arguments: elements) func aFileThatIsWrittenToIsAFault(_ element: StoredArray.Element)
    throws
  {
    let (_, rows) = try pair(element)
    let data = try DataSet(rows)
    #expect(gathered(data, [1]).count == 30)
    #expect(data.takeFault() == nil)
    // Longer than the resolution of the file system's clock.
    usleep(20_000)
    let file = open(folder("\(element)"), O_WRONLY)
    defer { close(file) }
    #expect(pwrite(file, [9], 1, 3) == 1)
    #expect(data.takeFault() == nil, "nothing was read")
    #expect(fault { try data.checkUnchanged() }?.kind == .io)
    _ = gathered(data, [11])
    let found = data.takeFault()
    #expect(found?.kind == .io)
    #expect(
      found?.message
        == "\(folder("\(element)")): the file has changed since it was loaded: it has been written to"
    )
    #expect(data.takeFault() == nil, "told once")
    _ = gathered(data, [0])
    #expect(data.takeFault() != nil, "and for all that is read later")
  }

  @Test func aFileThatIsReplacedStaysAsItWas() throws {
    let (_, rows) = try pair(.uint8)
    let data = try DataSet(rows)
    usleep(20_000)
    try folder.write("uint8", [0])
    #expect(throws: Never.self) { try data.checkUnchanged() }
    unlink(folder("uint8"))
    #expect(gathered(data) == Self.levels.map { Float($0) })
    #expect(data.takeFault() == nil)
  }

  @Test func namesTheRowThatIsNotANumber() throws {
    let bytes = ([1, 2, 3, .nan] as [Float]).flatMap { Self.bytes(of: $0) }
    let array = StoredArray(try OpenFile(folder.write("nan", bytes)), offset: 0, .float32, [2, 2])
    let fault = fault { _ = try DataSet(Rows(Storage(array, least: 0), [2])) }
    #expect(fault?.message == "row 1 has nan at position 1")
  }

  /// As float32 it would be an infinity that the file does not have, both in memory and in the
  /// file.
  @Test(arguments: [0, 64]) func namesTheRowThatFloat32DoesNotHold(least: Int) throws {
    let bytes = ([1, 2, 3, -1e300] as [Double]).flatMap { Self.bytes(of: $0) }
    let array = StoredArray(
      try OpenFile(folder.write("large", bytes)), offset: 0, .float64, [2, 2])
    let fault = fault { _ = try DataSet(Rows(Storage(array, least: least), [2])) }
    #expect(fault?.kind == .badFile)
    #expect(
      fault?.message.hasSuffix("row 1 has -1e+300 at position 1, too large for float32") == true)
    #expect(fault?.got == "-1e+300" && fault?.hint != nil)
  }

  @Test func aLargeIDXFileStaysWhereItIs() throws {
    let pixels = (0..<24).map { UInt8($0 * 10) }
    let path = try folder.write("images", idx([2, 3, 4], pixels))
    let storage = try IDXFile(contentsOf: path, rank: 2...4, "images").storage(least: 23)
    guard case .stored = storage else {
      Issue.record("read into memory")
      return
    }
    let data = try DataSet(Rows(storage, [3, 4]))
    #expect(gathered(data, [1]) == pixels[12...].map { Float($0) })
    let longer = try folder.write("longer", idx([2, 3, 4], pixels + [0]))
    let fault = fault {
      _ = try IDXFile(contentsOf: longer, rank: 2...4, "images").storage(least: 0)
    }
    #expect(fault?.message.contains("byte 40: data continues after the 24 bytes") == true)
  }
}

@Suite struct TensorsOfAFile {
  let folder = Folder()

  func write(_ entries: String, _ data: [UInt8]) throws -> String {
    let header = Array("{\(entries)}".utf8)
    let length = (0..<8).map { UInt8(header.count >> (8 * $0) & 255) }
    return try folder.write("x.safetensors", length + header + data)
  }

  func load(_ path: String, _ options: String) throws -> DataSet {
    try DataSourcesTests.load("{\"type\": \"safetensors\", \"path\": \"\(path)\"\(options)}")
  }

  static let entries = """
    "b":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},
    "y":{"dtype":"I64","shape":[2],"data_offsets":[4,20]},
    "h":{"dtype":"C64","shape":[0],"data_offsets":[20,20]},
    "d":{"dtype":"F64","shape":[2,1],"data_offsets":[20,36]}
    """
  static let data: [UInt8] =
    [0, 1, 255, 7] + RowsInAFile.bytes(of: 9) + RowsInAFile.bytes(of: -1)
    + RowsInAFile.bytes(of: 0.5) + RowsInAFile.bytes(of: -2.0)

  @Test func loads() throws {
    let path = try write(Self.entries, Self.data)
    let bytes = try load(path, ", \"tensor\": \"b\", \"labels\": \"y\"")
    #expect(gathered(bytes) == [0, 1, 255, 7])
    #expect(bytes.labels == [9, -1])
    #expect(bytes.storage.areBytes)
    #expect(gathered(try load(path, ", \"tensor\": \"d\"")) == [0.5, -2])
    try SafeTensors([.init("w", Tensor([2, 3], [0, 1, 2, 3, 4, 5.5]))]).write(to: folder("w"))
    #expect(gathered(try load(folder("w"), ", \"tensor\": \"w\"")) == [0, 1, 2, 3, 4, 5.5])
  }

  @Test(arguments: [
    ("\"tensor\": \"c\"", "source.tensor", Fault.Kind.params, "has no tensor \"c\""),
    ("\"tensor\": \"h\"", "source.path", .badFile, "the tensor \"h\" is of \"C64\""),
    ("\"tensor\": \"b\", \"labels\": \"z\"", "source.labels", .params, "has no tensor \"z\""),
    ("\"tensor\": \"b\", \"labels\": \"d\"", "source.labels", .shape, "expected labels of shape"),
    ("\"tensor\": \"y\", \"labels\": \"b\"", "source.labels", .shape, "expected labels of shape"),
  ])
  func refuses(options: String, path: String, kind: Fault.Kind, message: String) throws {
    let file = try write(Self.entries, Self.data)
    let fault = fault { _ = try load(file, ", " + options) }
    #expect(fault?.path == path)
    #expect(fault?.kind == kind)
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func everyCutIsRefused() throws {
    let whole = try File.read(write(Self.entries, Self.data))
    for length in 0..<whole.count {
      let path = try folder.write("cut", Array(whole[..<length]))
      #expect(fault { _ = try load(path, ", \"tensor\": \"b\"") }?.kind == .badFile, "\(length)")
    }
  }
}
