import Declarations
import Files
import JSON
import Pictures
import Tensors

/// The reply of every plot: the path of the file, or the picture itself.
struct PictureReply: Answer {
  let path: String?
  let bytes: Int
  let mediaType: String?
  let base64: String?
  let notFinite: Int?

  static let members: [Member<PictureReply>] = [
    Member("path", \.path, "The file, if a path was given."),
    Member("bytes", \.bytes, "Size of the picture."),
    Member("mediaType", \.mediaType, "Media type of the picture, if it is in the reply."),
    Member("base64", \.base64, "The picture, if no path was given."),
    Member(
      "notFinite", \.notFinite,
      "Number of images with numbers that are not finite, drawn black, or of points that cannot be drawn; if any."
    ),
  ]

  /// Draws in the format of the path's extension and writes the picture, unless the call was
  /// cancelled meanwhile.
  init(
    _ file: PictureFile, _ call: Call, notFinite: Int? = nil,
    _ draw: (Picture.Format) throws(Fault) -> Picture
  ) throws(Fault) {
    self.notFinite = notFinite
    let picture = try draw(try Picture.Format(path: file.path))
    try call.checkStop()
    bytes = picture.bytes.count
    path = file.path
    if let path = file.path {
      try within("path") { () throws(Fault) in
        var written = try AtomicFile(picture.format.kind, at: path, replace: file.replace)
        try written.append(picture.bytes)
        _ = try written.keep()
      }
      (mediaType, base64) = (nil, nil)
    } else {
      try Memory.require(Size(picture.bytes.count) * 3, for: "the picture as base64")
      mediaType = picture.mediaType
      base64 = Base64.encode(picture.bytes)
    }
  }
}

extension Picture.Format {
  fileprivate var kind: FileKind {
    switch self {
    case .png: .png
    case .svg: .svg
    case .pdf: .pdf
    }
  }
}
