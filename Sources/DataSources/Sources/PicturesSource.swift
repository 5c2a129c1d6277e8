import Declarations
import JSON

/// PNG and JPEG pictures of one size in a folder, with their classes by subfolder or by name.
public struct PicturesSource: Source {
  public static let type = "pictures"
  public static let summary =
    "A folder of PNG and JPEG files of one size, in natural order: samples as in the files (0 to 255, or 65535 with 16 bits), of shape [H, W], or [3, H, W] in colour. JPEG files are turned as their EXIF orientation says. Other files are left out."

  public var path = "pictures"
  /// How the pictures become rows.
  public var options = PictureOptions()

  public init() {}

  public static let fields: [Field<PicturesSource>] =
    [
      Field(
        "path", \.path, "The folder, with the files or with a folder of them for each class.",
        required: true)
    ] + Field.all(of: \.options)

  public func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    try PictureFolder(path: path, endings: [".png", ".jpg", ".jpeg"], options: options)
      .rows(checkpoint)
  }
}

extension Choice<SourceKind> {
  /// A folder of PNG and JPEG files of one size, in natural order: samples unchanged from the files
  /// (0 to 255, or to 65535 with 16 bits), of shape [H, W], or [3, H, W] in colour.
  public static func pictures(
    path: String, colour: Bool = false, background: Int = 255, labels: PNGFolderSource.Labels? = nil
  ) -> Self {
    var module = PicturesSource()
    module.path = path
    module.options = PictureOptions(colour: colour, background: background, labels: labels)
    return Choice(module) { $0 }
  }
}
