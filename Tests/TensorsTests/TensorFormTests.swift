import JSON
import Tensors
import TestSupport
import Testing

@Suite struct TensorForms {
  let folder = Folder()
  static let tensor = Tensor([2, 2], [0, 1, 2, 0.1])

  @Test(arguments: [
    "[[0, 1], [2, 0.1]]", "{\"shape\": [2, 2], \"values\": [0, 1, 2, 0.1]}",
    "{\"shape\": [2, 2], \"dtype\": \"float32\", \"base64\": \"AAAAAAAAgD8AAABAzczMPQ==\"}",
    "{\"shape\": [2, 2], \"base64\": \"AAAAAAAAgD8AAABAzczMPQ==\"}",
  ])
  func allMeanTheSame(text: String) throws {
    #expect(try TensorForm(json: JSON(parsing: text)).tensor() == Self.tensor)
  }

  @Test(arguments: [
    (Encoding.values, "{\"shape\":[2,2],\"values\":[0.0,1.0,2.0,0.1]}"),
    (
      .base64, "{\"shape\":[2,2],\"dtype\":\"float32\",\"base64\":\"AAAAAAAAgD8AAABAzczMPQ==\"}"
    ),
  ])
  func encodes(encoding: Encoding, text: String) throws {
    #expect(TensorForm(Self.tensor, encoding).json.line == text)
    #expect(try TensorForm(json: JSON(parsing: text)).json.line == text)
  }

  @Test func goesByPath() throws {
    let path = folder("x.npy")
    let form = try TensorForm(Self.tensor, .base64, path: path)
    #expect(form.json.line == "{\"shape\":[2,2],\"path\":\"\(path)\"}")
    #expect(try TensorForm(json: form.json).tensor() == Self.tensor)
    #expect(try TensorForm(json: ["path": .string(path)]).tensor() == Self.tensor)
    let other = try TensorForm(json: ["path": .string(path), "shape": [4]])
    #expect(fault { _ = try other.tensor() }?.kind == .shape)
  }

  @Test func aFileOfNumbersTooLargeForFloat32() throws {
    let data = little((1e300).bitPattern, 8) + little((2.0).bitPattern, 8)
    let path = try folder.write("large.npy", npy(header("<f8", "(2,)"), data))
    let form = try TensorForm(json: ["path": .string(path)])
    let fault = fault { _ = try form.tensor() }
    #expect(fault?.path == "path")
    #expect(fault?.message == "\(path) has 1e+300 at position 0, too large for float32")
  }

  @Test func numbersMayBeNotFinite() throws {
    let values = try TensorForm(json: ["NaN", "-Infinity", 1]).tensor().values
    #expect(values[0].isNaN && values[1] == -.infinity)
  }

  @Test(arguments: [
    ("[[1, 2], [3]]", "[1]", "expected lists of [2] numbers throughout, got [3]"),
    ("[[1, 2], 3]", "[1]", "expected a list with at least one element, got 3"),
    ("[1, [2]]", "[1]", "expected a number of float32, got [2]"),
    ("[[[1], [2]], [[1], [2, 3]]]", "[1][1]", "expected lists of [1] numbers throughout"),
    ("[1, \"two\"]", "[1]", "expected a number of float32, got \"two\""),
    ("[1e300]", "[0]", "expected a number of float32, got 1e+300"),
    ("[]", "", "expected a list with at least one element, got []"),
    ("7", "", "expected a list with at least one element, got 7"),
    ("{}", "", "expected one of values, base64 and path, got none of them"),
    ("{\"values\": [1]}", "shape", "got nothing"),
    ("{\"shape\": [2], \"values\": [1]}", "values", "expected 2 numbers, as shape [2] says, got 1"),
    ("{\"shape\": [0], \"values\": [1]}", "shape", "expected a shape"),
    ("{\"shape\": [4294967296, 4294967296], \"values\": [1]}", "shape", "expected a shape"),
    ("{\"shape\": [2], \"values\": [1, null]}", "values[1]", "expected a number of float32"),
    ("{\"shape\": [1], \"values\": [[1]]}", "values[0]", "expected a flat list"),
    ("{\"shape\": [1], \"base64\": \"AACAP!==\"}", "base64", "\"!\" at offset 5"),
    ("{\"shape\": [1], \"base64\": \"AAAAAAAAgD8=\"}", "base64", "expected 1 numbers"),
    ("{\"shape\": [1], \"dtype\": \"float64\", \"base64\": \"\"}", "dtype", "one of \"float32\""),
    ("{\"shape\": [1], \"values\": [1], \"path\": \"x\"}", "path", "got values and path"),
    ("{\"shape\": [1], \"value\": [1]}", "value", "no such member"),
  ])
  func refusesWithThePath(text: String, path: String, message: String) throws {
    let json = try JSON(parsing: text)
    let fault = fault { _ = try TensorForm(json: json) }
    #expect(fault?.path == path)
    #expect(fault?.kind == .params)
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "accepted")")
  }
}
