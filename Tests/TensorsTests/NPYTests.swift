import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

/// Returns a file of the given version with this header text and these data.
func npy(_ header: String, _ data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  let text = Array(header.utf8)
  let length = little(UInt64(text.count), version == 1 ? 2 : 4)
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
}

func header(_ dtype: String, _ shape: String, fortran: Bool = false) -> String {
  "{'descr': '\(dtype)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
}

@Suite struct NumPyFiles {
  let folder = Folder()

  @Test(arguments: [Shape([3]), [2, 3], [2, 1, 3], [1, 1, 1, 1]])
  func writesAndReadsTheSame(shape: Shape) throws {
    let tensor = Tensor(shape, (0..<shape.count).map { Float($0) * 0.1 - 1 })
    let receipt = try NPY.write(tensor, to: folder("x.npy"))
    #expect(try NPY(contentsOf: folder("x.npy")).tensor == tensor)
    #expect(try File.read(folder("x.npy")).count == receipt.bytes)
    #expect((receipt.bytes - 4 * shape.count) % 64 == 0)
  }

  @Test(arguments: [
    ("|u1", [UInt8]([0, 255]), [Float]([0, 255])),
    ("<f4", little(0x3F80_0000, 4) + little(0xC000_0000, 4), [1, -2]),
    ("<f8", little(0x3FF0_0000_0000_0000, 8) + little(0x3FB9_9999_9999_999A, 8), [1, 0.1]),
    ("<i8", little(7, 8) + little(.max, 8), [7, -1]),
  ])
  func readsTheFourTypes(dtype: String, data: [UInt8], values: [Float]) throws {
    for version in UInt8(1)...3 {
      let bytes = npy(header(dtype, "(2,)"), data, version: version)
      #expect(try NPY(parsing: bytes, "x.npy").tensor == Tensor([2], values))
    }
  }

  @Test func readsNothingAndOneNumber() throws {
    #expect(try NPY(parsing: npy(header("<f4", "(0, 3)")), "x").tensor.shape == [0, 3])
    let one = try NPY(parsing: npy(header("<f4", "()"), [0, 0, 128, 63]), "x").tensor
    #expect(one == Tensor(Shape([]), [1]))
  }

  static let refused: [(name: String, bytes: [UInt8], message: String)] = [
    ("empty", [], "byte 0: a NumPy file begins with"),
    ("another format", Array("PK\u{3}\u{4}............".utf8), "byte 0: a NumPy file begins with"),
    ("magic alone", [0x93] + Array("NUMPY".utf8) + [1, 0], "byte 8: the file ends within"),
    ("version 4", npy("{}", version: 4), "byte 6: versions 1 to 3 are read, this is 4.0"),
    (
      "a header of 4 GiB",
      [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255] + Array("{}".utf8),
      "byte 8: the header claims 4294967295 bytes, the file has 2 more"
    ),
    (
      "a header of 1 MiB", npy(String(repeating: " ", count: 1 << 20), version: 2),
      "byte 8: a header has at most 65536 bytes, this one 1048576"
    ),
    (
      "2^40 elements in 128 bytes",
      npy(header("<f4", "(1099511627776,)"), [UInt8](repeating: 0, count: 40)),
      "shape [1099511627776] of float32 needs 4398046511104 bytes of data, the file has 40"
    ),
    ("2^64 elements", npy(header("<f4", "(4294967296, 4294967296)")), "has too many elements"),
    (
      "nothing, in rows of 2^124",
      npy(header("<f4", "(0, 4611686018427387904, 4611686018427387904)")), "has too many elements"
    ),
    ("an extent of 2^64", npy(header("<f4", "(18446744073709551616,)")), "expected an extent"),
    ("a negative extent", npy(header("<f4", "(-1,)")), "expected an extent from 0"),
    (
      "65 extents", npy(header("<f4", "(" + String(repeating: "1, ", count: 65) + ")")),
      "64 extents"
    ),
    (
      "a byte too few", npy(header("<f4", "(1,)"), [0, 0, 0]),
      "needs 4 bytes of data, the file has 3"
    ),
    (
      "a byte too many", npy(header("<f4", "(1,)"), [0, 0, 0, 0, 0]),
      "needs 4 bytes of data, the file has 5"
    ),
    (
      "Fortran order", npy(header("<f4", "(1,)", fortran: true), [0, 0, 0, 0]),
      "Fortran order is not supported"
    ),
    (
      "big-endian", npy(header(">f4", "(1,)"), [0, 0, 0, 0]),
      "big-endian numbers ('>f4') are not read"
    ),
    ("objects", npy(header("|O", "(1,)"), [0, 0, 0, 0]), "objects ('|O') are not read"),
    ("complex", npy(header("<c8", "(1,)"), []), "numbers of this type ('<c8') are not read"),
    (
      "records", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
      "byte 20: records (structured dtypes) are not supported"
    ),
    (
      "no shape", npy("{'descr': '<f4', 'fortran_order': False}"),
      "names 'descr', 'fortran_order' and 'shape'"
    ),
    (
      "a key twice", npy("{'descr': '<f4', 'descr': '<f4'}"),
      "byte 27: the key 'descr' is unknown or occurs twice"
    ),
    ("an unknown key", npy("{'dtype': '<f4'}"), "byte 11: the key 'dtype' is unknown"),
    ("an open string", npy("{'descr"), "byte 17: expected '''"),
    ("no dictionary", npy("[]"), "byte 10: expected '{'"),
    ("more after it", npy("{} {}"), "byte 13: expected the end of the header"),
    ("yes for True", npy("{'fortran_order': yes}"), "byte 28: expected True or False"),
  ]

  @Test(arguments: refused.map(\.name)) func refuses(_ name: String) throws {
    let bad = try #require(Self.refused.first { $0.name == name })
    let fault = fault { _ = try NPY(parsing: bad.bytes, "x.npy") }
    #expect(fault?.kind == .badFile)
    #expect(fault?.message.contains(bad.message) == true, "\(fault?.message ?? "accepted")")
    #expect(fault?.message.hasPrefix("x.npy, byte ") == true)
  }

  @Test func everyCutIsRefused() {
    let whole = npy(header("<f4", "(2, 2)"), [UInt8](repeating: 0, count: 16))
    for length in 0..<whole.count {
      #expect(fault { _ = try NPY(parsing: Array(whole[..<length]), "x") }?.kind == .badFile)
    }
  }

  @Test(.enabled(if: system("python3 -c 'import numpy' 2> /dev/null") == 0, "no NumPy"))
  func numPyReadsWhatIsWrittenAndTheOtherWay() throws {
    try NPY.write(Tensor([2, 3], [0, 1, 2, 3, 4, 5.5]), to: folder("x.npy"))
    let names = StoredArray.Element.allCases.map(\.rawValue)
    let script = """
      import numpy as n
      x = n.load("\(folder("x.npy"))")
      assert x.dtype == n.float32 and x.tolist() == [[0, 1, 2], [3, 4, 5.5]]
      for t in "\(names.joined(separator: " "))".split():
        n.save("\(folder.path)/" + t, n.arange(6, dtype=t).reshape(3, 2))
      """
    #expect(system("python3 -c '\(script)'") == 0)
    for name in names {
      let tensor = try NPY(contentsOf: folder(name + ".npy")).tensor
      #expect(tensor == Tensor([3, 2], [0, 1, 2, 3, 4, 5]))
    }
  }
}
