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
  /// How the pictures become rows.
  public var options = PictureOptions()

  public init() {}

  public static let fields: [Field<PNGFolderSource>] =
    [
      Field(
        "path", \.path, "The folder, with PNG files or with a folder of them for each class.",
        required: true)
    ] + Field.all(of: \.options)

  public func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    try PictureFolder(path: path, endings: [".png"], options: options)
      .rows(checkpoint)
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
    module.options = PictureOptions(colour: colour, background: background, labels: labels)
    return Choice(module) { $0 }
  }
}
