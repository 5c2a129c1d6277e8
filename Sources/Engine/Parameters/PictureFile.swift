import Declarations

/// The file of a plot.
struct PictureFile: Described {
  var path: String?
  var replace = false

  static let fields: [Field<PictureFile>] = [
    Field(
      "path", \.path, "The file: .png, .svg or .pdf; if left out, the reply holds a PNG.",
      faults: .file),
    .replace(\.replace),
  ]
}
