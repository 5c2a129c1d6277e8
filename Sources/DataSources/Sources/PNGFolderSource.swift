import Declarations
import JSON

/// Pictures of one size in a folder, with their classes by subfolder or by name.
public struct PNGFolderSource: Source {
  public static let type = "png"
  public static let summary =
    "A folder of PNG files of one size, in natural order: samples as in the files (0 to 255, or 65535 with 16 bits), of shape [H, W], or [3, H, W] in colour. Other files are left out."

  /// The source of the pictures' classes.
  public enum Labels: String, Word {
    case none, folders, names
  }

  public var path = "pictures"
  public var colour = false
  public var background = 255
  public var labels: Labels?

  public init() {}

  public static let fields: [Field<PNGFolderSource>] = [
    Field(
      "path", \.path, "The folder, with PNG files or with a folder of them for each class.",
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
      path: path, endings: [".png"], colour: colour, background: background, labels: labels
    ).rows(checkpoint)
  }
}

extension Choice<SourceKind> {
  /// A folder of PNG files of one size, in natural order: samples unchanged from the files (0 to
  /// 255, or to 65535 with 16 bits), of shape [H, W], or [3, H, W] in colour.
  public static func png(
    path: String, colour: Bool = false, background: Int = 255, labels: PNGFolderSource.Labels? = nil
  ) -> Self {
    var module = PNGFolderSource()
    module.path = path
    module.colour = colour
    module.background = background
    module.labels = labels
    return Choice(module) { $0 }
  }
}
