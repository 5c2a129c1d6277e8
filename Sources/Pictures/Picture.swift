import JSON

/// A finished picture: its format, and its bytes for a file or for the wire.
package struct Picture: Sendable, Equatable {
  /// The file formats of pictures.
  package enum Format: String, Sendable, CaseIterable {
    case png
    case svg
    case pdf

    package var mediaType: String {
      switch self {
      case .png: "image/png"
      case .svg: "image/svg+xml"
      case .pdf: "application/pdf"
      }
    }

    /// The format of a path's extension; PNG without a path.
    package init(path: String?) throws(Fault) {
      guard let path else {
        self = .png
        return
      }
      let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
      let ending = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? ""
      guard let format = Format(rawValue: ending.lowercased()) else {
        let expected = "a path that ends in .png, .svg or .pdf"
        throw .misfit(
          expected: expected, got: JSON.string(path).excerpt, at: "path",
          hint: "the ending chooses the format; leave the path out for the bytes of a PNG")
      }
      self = format
    }
  }

  package let format: Format
  package let bytes: [UInt8]

  package var mediaType: String { format.mediaType }

  package init(_ format: Format, _ bytes: [UInt8]) {
    self.format = format
    self.bytes = bytes
  }
}
