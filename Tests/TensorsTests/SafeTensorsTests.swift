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
