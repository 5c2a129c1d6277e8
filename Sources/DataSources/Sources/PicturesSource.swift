import Declarations
import JSON

/// PNG and JPEG pictures of one size in a folder, with their classes by subfolder or by name.
public struct PicturesSource: Source {
  public static let type = "pictures"
  public static let summary =
    "A folder of PNG and JPEG files of one size, in natural order: samples as in the files (0 to 255, or 65535 with 16 bits), of shape [H, W], or [3, H, W] in colour. JPEG files are turned as their EXIF orientation says. Other files are left out."

  public var path = "pictures"
  public var colour = false
  public var background = 255
  public var labels: PNGFolderSource.Labels?

  public init() {}

  public static let fields: [Field<PicturesSource>] = [
    Field(
      "path", \.path, "The folder, with the files or with a folder of them for each class.",
      required: true),
    Field(
      "colour", \.colour,
      "Whether red, green and blue are kept, as planes, instead of grey, 0.299 R + 0.587 G + 0.114 B."
    ),
    Field(
      "background", \.background,
      "Grey level behind transparent pictures, from 0 (black) to 255 (white).",
      .from(0, to: 255)),
    Field(
      "labels", \.labels,
      "Where the classes come from: nowhere, the folders' names, or the files' names before \"_\" or \"-\"; if left out, folders if there are any."
    ),
  ]

  public func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    try PictureFolder(
      path: path, endings: [".png", ".jpg", ".jpeg"], colour: colour, background: background,
      labels: labels
    ).rows(checkpoint)
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
    module.colour = colour
    module.background = background
    module.labels = labels
    return Choice(module) { $0 }
  }
}
