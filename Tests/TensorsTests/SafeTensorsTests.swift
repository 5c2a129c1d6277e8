import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

/// Returns a file with this header and `data` bytes of data.
func safetensors(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
  little(length ?? UInt64(header.utf8.count), 8) + Array(header.utf8)
    + [UInt8](repeating: 0, count: data)
}

private func entry(_ name: String, _ begin: Int, _ end: Int, _ shape: String? = nil) -> String {
  let shape = shape ?? "[\((end - begin) / 4)]"
  return "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
}

@Suite struct SafeTensorsFiles {
  let folder = Folder()
  let sample = SafeTensors(
    [
      .init("encoder.0.weight", Tensor([2, 3], [0, 1, 2, 3, 4, 5.5])),
      .init("b \"quoted\" ü", Tensor([1], [.infinity])),
      .init("empty", Tensor(Shape([0, 4]), [])),
      .init("a", Tensor(Shape([]), [-0.0])),
    ], metadata: [.init("model", "{\"latent\":8}"), .init("empty", "")])

  @Test func writesAndReadsTheSame() throws {
    let receipt = try sample.write(to: folder("x.safetensors"))
    let bytes = try File.read(folder("x.safetensors"))
    #expect(try SafeTensors(contentsOf: folder("x.safetensors")) == sample)
    #expect(receipt.bytes == bytes.count)
    #expect(receipt.sha256 == SHA256.hex(bytes))
    #expect(bytes[0] % 8 == 0, "the numbers begin at a multiple of 8")
    #expect(sample["a"]?.shape == Shape([]))
    #expect(sample.note("model") == "{\"latent\":8}")
    #expect(sample["b"] == nil && sample.note("b") == nil)
  }

  @Test func nothingAtAllIsAFileToo() throws {
    try SafeTensors([]).write(to: folder("x"))
    #expect(try SafeTensors(contentsOf: folder("x")) == SafeTensors([]))
  }

  @Test func aNameTwiceIsNotWritten() {
    let tensor = Tensor([1], [0])
    for names in [["a", "a"], ["__metadata__"]] {
      let twins = SafeTensors(names.map { .init($0, tensor) })
      #expect(fault { try twins.write(to: folder("x")) }?.kind == .params)
    }
    #expect(folder.names.isEmpty)
  }

  static let refused: [(name: String, bytes: [UInt8], message: String)] = [
    ("empty", [], "byte 0: the file ends within the length of its header"),
    ("no header", safetensors("", length: 0), "byte 8: the header begins with {"),
    (
      "a header of 4 GiB", safetensors("{}", length: 1 << 32),
      "byte 0: a header has at most 100000000 bytes, this one 4294967296"
    ),
    (
      "a header of 2^64 - 1 bytes", safetensors("{}", length: .max), "this one 18446744073709551615"
    ),
    (
      "a header past the end", safetensors("{}", length: 3),
      "byte 0: the header claims 3 bytes, the file has 2 more"
    ),
    ("a list", safetensors("[]"), "byte 8: the header begins with {"),
    ("space before {", safetensors(" {}"), "byte 8: the header begins with {"),
    ("no JSON", safetensors("{a}"), "byte 8: the header is not valid JSON"),
    ("NUL for padding", safetensors("{}\0\0"), "a NUL byte at byte 2"),
    (
      "a name twice", safetensors("{\(entry("a", 0, 4)),\(entry("a", 4, 8))}", data: 8),
      "a member name occurs twice"
    ),
    (
      "an overlap", safetensors("{\(entry("a", 0, 8)),\(entry("b", 4, 12))}", data: 12),
      "the tensor \"b\" overlaps the one before"
    ),
    (
      "the same bytes twice", safetensors("{\(entry("a", 0, 4)),\(entry("b", 0, 4))}", data: 4),
      "overlaps the one before"
    ),
    (
      "a gap", safetensors("{\(entry("a", 0, 4)),\(entry("b", 8, 12))}", data: 12),
      "the tensor \"b\" leaves a gap"
    ),
    ("a gap at the beginning", safetensors("{\(entry("a", 4, 8))}", data: 8), "leaves a gap"),
    (
      "data left over", safetensors("{\(entry("a", 0, 4))}", data: 5),
      "4 bytes of data named, 5 there"
    ),
    (
      "data missing", safetensors("{\(entry("a", 0, 4))}", data: 3),
      "4 bytes of data named, 3 there"
    ),
    (
      "offsets backwards", safetensors("{\(entry("a", 4, 0, "[1]"))}", data: 4),
      "has no data_offsets [begin, end]"
    ),
    (
      "offsets at the end of the integers",
      safetensors("{\(entry("a", .max - 3, .max, "[1]"))}", data: 4),
      "has data_offsets beyond the end of the file"
    ),
    (
      "offsets that do not fit the shape", safetensors("{\(entry("a", 0, 8, "[3]"))}", data: 8),
      "[3] needs 12 bytes, data_offsets span 8"
    ),
    (
      "a shape of 2^64", safetensors("{\(entry("a", 0, 4, "[4294967296,4294967296]"))}", data: 4),
      "of shape [4294967296, 4294967296] has too many elements"
    ),
    (
      "nothing, in rows of 2^124",
      safetensors("{\(entry("a", 0, 0, "[0,4611686018427387904,4611686018427387904]"))}"),
      "has too many elements"
    ),
    (
      "a negative extent", safetensors("{\(entry("a", 0, 4, "[-1]"))}", data: 4),
      "has the shape [-1], not a list of extents from 0"
    ),
    (
      "doubles",
      safetensors("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", data: 8),
      "the tensor \"a\" is of \"F64\"; F32 is read"
    ),
    (
      "a member too many",
      safetensors(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"x\":1}}", data: 4),
      "has other members than"
    ),
    (
      "metadata of numbers", safetensors("{\"__metadata__\":{\"a\":1}}"),
      "__metadata__ is an object of strings"
    ),
    (
      "metadata that is a list", safetensors("{\"__metadata__\":[]}"),
      "__metadata__ is an object of strings"
    ),
  ]

  @Test(arguments: refused.map(\.name)) func refuses(_ name: String) throws {
    let bad = try #require(Self.refused.first { $0.name == name })
    let fault = fault { _ = try SafeTensors(parsing: bad.bytes, "x.safetensors") }
    #expect(fault?.kind == .badFile)
    #expect(fault?.message.contains(bad.message) == true, "\(fault?.message ?? "accepted")")
  }

  @Test func everyCutIsRefused() throws {
    try sample.write(to: folder("x"))
    let whole = try File.read(folder("x"))
    for length in 0..<whole.count {
      #expect(
        fault { _ = try SafeTensors(parsing: Array(whole[..<length]), "x") }?.kind == .badFile)
    }
  }

  @Test(
    .enabled(
      if: system("python3 -c 'import safetensors.numpy' 2> /dev/null") == 0, "no safetensors"))
  func pythonReadsWhatIsWrittenAndTheOtherWay() throws {
    try sample.write(to: folder("x.safetensors"))
    let script = """
      import numpy as n
      from safetensors import safe_open
      from safetensors.numpy import save_file
      with safe_open("\(folder("x.safetensors"))", "np") as f:
        assert f.metadata() == {"model": "{\\"latent\\":8}", "empty": ""}, f.metadata()
        assert f.get_tensor("encoder.0.weight").tolist() == [[0, 1, 2], [3, 4, 5.5]]
        assert f.get_tensor("empty").shape == (0, 4) and f.get_tensor("a").shape == ()
      save_file({"w": n.arange(6, dtype=n.float32).reshape(2, 3)}, "\(folder("y"))", {"k": "v"})
      """
    #expect(system("python3 -c '\(script)'") == 0)
    let read = try SafeTensors(contentsOf: folder("y"))
    let expected = SafeTensors(
      [.init("w", Tensor([2, 3], [0, 1, 2, 3, 4, 5]))], metadata: [.init("k", "v")])
    #expect(read == expected)
  }
}

@Suite struct TensorsOfEveryType {
  let folder = Folder()

  /// A number of every type of the format, with a neighbour.
  static let all: [(dtype: String, bytes: [UInt8], value: Float)] = [
    ("BOOL", [1], 1), ("U8", [200], 200), ("I8", [200], -56), ("U16", [0, 200], 51200),
    ("I16", [0, 200], -14336), ("F16", [0, 0x3E], 1.5), ("BF16", [0xC0, 0x3F], 1.5),
    ("U32", [0, 0, 0, 200], 0xC8_000000), ("I32", [255, 255, 255, 255], -1),
    ("F32", little(0x3FC0_0000, 4), 1.5), ("F64", little(0x3FF8_0000_0000_0000, 8), 1.5),
    ("I64", little(.max, 8), -1), ("U64", little(1 << 40, 8), 0x1p40),
    ("F8_E5M2", [0x3E], 1.5), ("F8_E4M3", [0xFE], -448),
  ]

  /// Returns a file with a tensor "x" of one number, and "y" of float32 behind it.
  static func file(_ dtype: String, _ bytes: [UInt8]) -> [UInt8] {
    let end = bytes.count
    let text = """
      {"x":{"dtype":"\(dtype)","shape":[1],"data_offsets":[0,\(end)]},\
      "y":{"dtype":"F32","shape":[1],"data_offsets":[\(end),\(end + 4)]}}
      """
    return little(UInt64(text.utf8.count), 8) + Array(text.utf8) + bytes + little(0x4000_0000, 4)
  }

  private func number(_ path: String, _ name: String) throws -> Float {
    let array = try StoredArray(safetensors: path, tensor: name)
    var bytes = try array.file.bytes(at: array.offset, count: array.byteCount)
    var number: Float = 0
    array.element.convert(&bytes, 1, into: &number)
    return number
  }

  @Test(arguments: all.map(\.dtype)) func isRead(_ dtype: String) throws {
    let one = try #require(Self.all.first { $0.dtype == dtype })
    let path = try folder.write("x", Self.file(dtype, one.bytes))
    #expect(try number(path, "x") == one.value)
    #expect(try number(path, "y") == 2)
  }

  @Test(arguments: [("C64", 8), ("F8_E8M0", 1), ("F4", 1), ("F128_OF_TOMORROW", 16)])
  func isRefusedByNameBesideOneThatIsRead(dtype: String, width: Int) throws {
    let path = try folder.write("x", Self.file(dtype, [UInt8](repeating: 0, count: width)))
    #expect(try number(path, "y") == 2)
    let fault = fault { _ = try StoredArray(safetensors: path, tensor: "x") }
    #expect(fault?.kind == .badFile)
    #expect(fault?.message.contains("the tensor \"x\" is of \"\(dtype)\"") == true)
    #expect(fault?.hint?.contains("BF16, F32") == true)
    if dtype == "C64" { #expect(fault?.hint?.contains("torch.view_as_real(x)") == true) }
  }

  /// The 256 numbers of each type of 8 bits, after their definition (arxiv.org/abs/2209.05433).
  @Test func everyNumberOfEightBits() {
    for bits in UInt8.min...UInt8.max {
      for (element, fractionBits, bias) in [
        (StoredArray.Element.float8E5M2, 2, 15), (.float8E4M3, 3, 7),
      ] {
        var number: Float = 0
        var byte = bits
        element.convert(&byte, 1, into: &number)
        let fraction = Float(bits & (1 << fractionBits - 1)) / Float(1 << fractionBits)
        let exponent = Int(bits & 0x7F) >> fractionBits
        let sign: Float = bits & 0x80 == 0 ? 1 : -1
        var expected =
          sign * (exponent == 0 ? fraction * 2 : 1 + fraction)
          * Float(sign: .plus, exponent: exponent - bias, significand: 1)
        if element == .float8E5M2, exponent == 31 {
          expected = fraction == 0 ? sign * .infinity : .nan
        }
        if element == .float8E4M3, bits & 0x7F == 0x7F { expected = .nan }
        #expect(number == expected || number.isNaN && expected.isNaN, "\(element) \(bits)")
      }
    }
  }
}

/// The folder of numbers that other implementations computed, beside the package.
private let reference: String = {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  return "/\(root)/../shared/reference"
}()

@Suite(.enabled(if: access(reference, R_OK) == 0, "there is no ../shared/reference"))
struct ReferenceFiles {
  @Test(arguments: [
    ("homework", 32), ("importance", 64), ("layers", 164), ("likelihoods", 40),
    ("linear_gaussian", 8), ("linear_gaussian_heavy_tail", 8), ("optimizers", 13),
  ])
  func areRead(name: String, count: Int) throws {
    let file = try SafeTensors(contentsOf: "\(reference)/\(name).safetensors")
    #expect(file.entries.count == count)
    #expect(file.entries.allSatisfy { $0.tensor.values.allSatisfy(\.isFinite) })
  }
}
