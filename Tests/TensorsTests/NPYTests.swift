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

  static let types: [(dtype: String, data: [UInt8], values: [Float])] = [
    ("|u1", [UInt8]([0, 255]), [Float]([0, 255])), ("|i1", [0, 255], [0, -1]),
    ("|b1", [0, 7], [0, 1]), ("<u2", [1, 2, 0, 128], [513, 32768]),
    (">u2", [1, 2, 0, 128], [258, 128]),
    ("<i2", [1, 2, 0, 128], [513, -32768]), (">i2", [255, 254, 0, 1], [-2, 1]),
    ("<u4", [0, 0, 0, 128, 1, 0, 0, 0], [2_147_483_648, 1]),
    (">i4", [255, 255, 255, 253, 0, 0, 1, 0], [-3, 256]),
    ("<f2", [0, 0x3E, 1, 0], [1.5, 0x1p-24]), (">f2", [0xFB, 0xFF, 0x80, 1], [-65504, -0x1p-24]),
    ("<f4", little(0x3F80_0000, 4) + little(0xC000_0000, 4), [1, -2]),
    (">f4", [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0], [1, -2]),
    ("<f8", little(0x3FF0_0000_0000_0000, 8) + little(0x3FB9_9999_9999_999A, 8), [1, 0.1]),
    (">f8", [0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0], [1, -2]),
    ("<i8", little(7, 8) + little(.max, 8), [7, -1]),
    ("<u8", little(7, 8) + little(.max, 8), [7, 0x1p64]),
    (">i8", [255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 1, 1], [-1, 257]),
  ]

  @Test(arguments: types)
  func readsEveryTypeInEitherOrder(dtype: String, data: [UInt8], values: [Float]) throws {
    for version in UInt8(1)...3 {
      let bytes = npy(header(dtype, "(2,)"), data, version: version)
      let file = try NPY(parsing: bytes, "x.npy")
      #expect(file.tensor == Tensor([2], values))
      #expect(file.doubles.map { Float($0) } == values)
    }
  }

  @Test func infinitiesAndNoNumbersOfHalfTheWidthStayWhatTheyAre() throws {
    let data: [UInt8] = [0x00, 0x7C, 0x00, 0xFC, 0x01, 0x7E, 0x00, 0x80]
    let values = try NPY(parsing: npy(header("<f2", "(4,)"), data), "x").tensor.values
    #expect(values[0] == .infinity && values[1] == -.infinity && values[2].isNaN)
    #expect(values[3] == 0 && values[3].sign == .minus)
  }

  @Test func readsFortransOrder() throws {
    let bytes = npy(header("|u1", "(2, 3)", fortran: true), [0, 3, 1, 4, 2, 5])
    #expect(try NPY(parsing: bytes, "x").tensor == Tensor([2, 3], [0, 1, 2, 3, 4, 5]))
    // x[i, j, k] = 100 i + 10 j + k.
    let cube = (0..<3).flatMap { k in (0..<4).flatMap { j in (0..<2).map { [$0, j, k] } } }
    let numbers = cube.map { UInt8(100 * $0[0] + 10 * $0[1] + $0[2]) }
    let tensor = try NPY(parsing: npy(header("|u1", "(2, 4, 3)", fortran: true), numbers), "x")
      .tensor
    #expect(tensor.values[0..<4] == [0, 1, 2, 10] && tensor.values[12] == 100)
    #expect(tensor.values.last == 132)
    for (place, index) in cube.enumerated() {
      #expect(FortranOrder.place(place, [2, 4, 3]) == 12 * index[0] + 3 * index[1] + index[2])
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
    ("objects", npy(header("|O", "(1,)"), [0, 0, 0, 0]), "objects ('|O') are not read"),
    ("complex", npy(header("<c8", "(1,)"), []), "complex numbers ('<c8') are not read"),
    ("strings", npy(header("<U5", "(1,)"), []), "strings ('<U5') are not read"),
    ("dates", npy(header("<M8[s]", "(1,)"), []), "dates and times ('<M8[s]') are not read"),
    ("16 bytes", npy(header("<f16", "(1,)"), []), "numbers of this type ('<f16') are not read"),
    ("bytes", npy(header("|V2", "(1,)"), []), "bytes without a type ('|V2') are not read"),
    (
      "records", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
      "byte 20: records (structured dtypes) are not read"
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

  /// What a hint says is an expression of NumPy that gives an array that is read.
  @Test(.enabled(if: system("python3 -c 'import numpy' 2> /dev/null") == 0, "no NumPy"))
  func whatIsRefusedIsReadAfterTheHint() throws {
    let kinds: [(array: String, hint: String)] = [
      ("n.array([1j, 2])", "numpy.stack([x.real, x.imag], axis=-1)"),
      ("n.array(['a', 'b', 'a'])", "numpy.unique(x, return_inverse=True)[1]"),
      ("n.array([1, 2.5], dtype=object)", "numpy.array(x.tolist(), dtype=\"float32\")"),
      ("n.array([1, 2], 'M8[s]')", "x.astype(\"int64\")"),
      ("n.array([b'ab', b'cd'], 'V2')", "x.view(\"uint8\")"),
      ("n.array([1, 2], 'longdouble')", "x.astype(\"float32\")"),
      (
        "n.array([(1, 2.5)], [('a', 'f4'), ('b', 'f8')])",
        "numpy.lib.recfunctions.structured_to_unstructured(x)"
      ),
    ]
    for (index, kind) in kinds.enumerated() {
      let file = folder("\(index).npy")
      let script = """
        import numpy as n, numpy, numpy.lib.recfunctions
        x = \(kind.array)
        n.save("\(file)", x, allow_pickle=True)
        n.save("\(file).npy", \(kind.hint))
        """
      _ = try folder.write("make.py", Array(script.utf8))
      #expect(system("python3 \(folder("make.py"))") == 0)
      let fault = fault { _ = try NPY(contentsOf: file) }
      #expect(fault?.hint?.contains(kind.hint) == true, "\(fault?.hint ?? "no hint")")
      #expect(try NPY(contentsOf: file + ".npy").tensor.values.count > 0)
    }
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
    let names = StoredArray.Element.allCases.filter { $0.names.npy != nil }.map(\.rawValue)
    let script = """
      import numpy as n
      x = n.load("\(folder("x.npy"))")
      assert x.dtype == n.float32 and x.tolist() == [[0, 1, 2], [3, 4, 5.5]]
      for t in "\(names.joined(separator: " "))".split():
        x = n.arange(6).reshape(3, 2).astype(t)
        n.save("\(folder.path)/" + t, x)
        n.save("\(folder.path)/F" + t, n.asfortranarray(x))
        n.save("\(folder.path)/B" + t, x.astype(x.dtype.newbyteorder(">")))
      """
    #expect(system("python3 -c '\(script)'") == 0)
    for name in names {
      for order in ["", "F", "B"] {
        let tensor = try NPY(contentsOf: folder(order + name + ".npy")).tensor
        let values: [Float] = name == "bool" ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5]
        #expect(tensor == Tensor([3, 2], values))
      }
    }
  }
}
