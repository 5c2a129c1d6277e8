import Declarations
import JSON

/// How pictures in a folder become rows, whatever their format.
public struct PictureOptions: Described {
  /// Whether red, green and blue are kept.
  public var colour = false
  /// The grey level behind transparent pictures.
  public var background = 255
  /// Where the classes come from.
  public var labels: PNGFolderSource.Labels?

  public init() {}

  public static let fields: [Field<PictureOptions>] = [
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

  init(colour: Bool, background: Int, labels: PNGFolderSource.Labels?) {
    (self.colour, self.background, self.labels) = (colour, background, labels)
  }
}
