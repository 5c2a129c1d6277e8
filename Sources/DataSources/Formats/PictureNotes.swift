import Declarations
import Files
import JSON
import Tensors

/// Facts about the picture files of the rows.
public struct PictureNotes: Answer, Equatable {
  public var bits = 8
  public var transparent = 0
  public var background = 255
  public var skipped = Named<Int>()

  /// The members of the reply.
  public static let members: [Member<PictureNotes>] = [
    Member("bits", \.bits, "Bits per sample: 8 (white is 255) or 16 (white is 65535)."),
    Member("transparent", \.transparent, "Number of pictures with pixels that are not opaque."),
    Member("background", \.background, "Grey level of the background, from 0 to 255."),
    Member(
      "skipped", \.skipped,
      "Number of entries of the folder that were not read, by the ending of the name, or as hidden, folders or others."
    ),
  ]

  /// Counts the files of a folder that are not among `pictures`.
  mutating func skip(_ folder: FolderListing, besides pictures: [String], withFolders: Bool) {
    var counts = Dictionary(skipped.members.map { ($0.name, $0.value) }) { first, _ in first }
    let known = Set(pictures)
    for name in folder.files where !known.contains(name) {
      counts[Self.ending(of: name), default: 0] += 1
    }
    for (name, count) in [
      ("folders", withFolders ? folder.folders.count : 0), ("hidden", folder.hidden),
      ("others", folder.others),
    ] where count > 0 {
      counts[name, default: 0] += count
    }
    skipped = Named(counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  /// Returns the extension, ".jpg" for a.JPG; "others" if there is none.
  private static func ending(of name: String) -> String {
    guard let point = name.lastIndex(of: "."), point > name.startIndex else { return "others" }
    return name[point...].lowercased()
  }
}
