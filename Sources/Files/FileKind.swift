import Glibc
import JSON

/// What a file holds, by its first bytes.
///
/// A save replaces a file of its own kind without being told to: models replace models, pictures
/// pictures of the same format. The first bytes decide and not the name, because the name is what a
/// client gets wrong.
package enum FileKind: String, Sendable, CaseIterable {
  case safetensors = "a safetensors file"
  case npy = "a NumPy file"
  case png = "a PNG image"
  case svg = "an SVG image"
  case pdf = "a PDF document"
  case log = "a recorded session"
  // What elbo does not write, but can name.
  case jpeg = "a JPEG image"
  case gzip = "gzip data"
  case zip = "a ZIP archive"
  case program = "a program"
  case script = "a script"
  case text = "text"
  case other = "other data"

  /// Formats that a client may expect of a name, though arrays are written in their own.
  private static let formats: [(name: String, endings: [String])] = [
    ("a JPEG image", [".jpeg", ".jpg"]), ("a JSON text", [".json"]),
    ("a Keras model", [".keras"]), ("a NumPy archive", [".npz"]), ("a NumPy file", [".npy"]),
    ("a PDF document", [".pdf"]), ("a pickle", [".pickle", ".pkl"]), ("a PNG image", [".png"]),
    ("a PyTorch model", [".pt", ".pth"]), ("a safetensors file", [".safetensors"]),
    ("a table", [".csv", ".tsv"]), ("an HDF5 file", [".h5", ".h5ad", ".hdf5"]),
    ("an ONNX model", [".onnx"]), ("an SVG image", [".svg"]),
  ]

  /// The ending of the name of a file of arrays; nil for other kinds.
  private var ending: String? {
    switch self {
    case .safetensors: ".safetensors"
    case .npy: ".npy"
    default: nil
    }
  }

  /// Throws `params` for a file of arrays whose name ends as those of another format do: its reader
  /// would not find what it expects.
  func check(_ path: String) throws(Fault) {
    guard let ending, !path.lowercased().hasSuffix(ending),
      let (format, found) = Self.format(named: path)
    else { return }
    throw Fault(
      .params, "\(path): the name is that of \(format), and \(rawValue) is to be written",
      expected: "a path that ends in \(ending)", got: path,
      hint: "name it \(path.dropLast(found.count))\(ending)"
        + (self == .npy ? ", or end it in .csv for a table" : "; no other format is written"))
  }

  /// Returns the format that a name promises, such as "an ONNX model", and its ending; nil if it
  /// promises none.
  package static func format(named path: String) -> (name: String, ending: String)? {
    let path = path.lowercased()
    for format in formats {
      if let ending = format.endings.first(where: path.hasSuffix) { return (format.name, ending) }
    }
    return nil
  }

  /// The number of bytes that are looked at.
  static let headLength = 64

  /// The kind of a file of `size` bytes that begins with `head`.
  package init(_ head: [UInt8], size: Int) {
    let marks: [(FileKind, [UInt8])] = [
      (.npy, [0x93] + Array("NUMPY".utf8)), (.png, [0x89] + Array("PNG\r\n\u{1A}\n".utf8)),
      (.svg, Array("<?xml".utf8)), (.svg, Array("<svg".utf8)), (.pdf, Array("%PDF-".utf8)),
      (.log, Array("{\"log\":".utf8)), (.log, Array("{\"in\":".utf8)),
      (.jpeg, [0xFF, 0xD8, 0xFF]), (.gzip, [0x1F, 0x8B]), (.zip, Array("PK\u{3}\u{4}".utf8)),
      (.program, [0x7F] + Array("ELF".utf8)), (.script, Array("#!".utf8)),
    ]
    self =
      if let mark = marks.first(where: { head.starts(with: $0.1) }) {
        mark.0
      } else if Self.isHeaderOfTensors(head, size) {
        .safetensors
      } else {
        head.allSatisfy(Self.isText) ? .text : .other
      }
  }

  /// Eight bytes of the length of a JSON object, which follows.
  private static func isHeaderOfTensors(_ head: [UInt8], _ size: Int) -> Bool {
    guard head.count > 8, head[8] == UInt8(ascii: "{") else { return false }
    return head.word(at: 0, width: 8) <= UInt64(size - 8)
  }

  private static func isText(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7F || (0x08...0x0D).contains(byte)
  }
}
