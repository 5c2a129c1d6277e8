import Declarations
import Files
import JSON
import Tensors

/// The reply of every `save`.
struct SavedReply: Described {
  var path = ""
  var bytes = 0
  var sha256 = ""

  init() {}

  init(_ path: String, _ receipt: AtomicFile.Receipt) {
    self.path = path
    bytes = receipt.bytes
    sha256 = receipt.sha256
  }

  static let fields: [Field<SavedReply>] = [
    Field("path", \.path, "The file."),
    Field("bytes", \.bytes, "Its size."),
    Field("sha256", \.sha256, "Of the file."),
  ]
}
