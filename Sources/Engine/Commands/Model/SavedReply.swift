import Declarations
import Files
import JSON
import Tensors

let stateHashSummary =
  "Hash of the trainer's state: parameters, running statistics, optimizer slots, averages and history."

/// The reply of every `save` method.
struct SavedReply: Answer {
  let path: String
  let bytes: Int
  let sha256: String
  let hash: String?

  /// Only a trainer has a `hash`.
  init(_ path: String, _ receipt: AtomicFile.Receipt, hash: String? = nil) {
    self.hash = hash
    self.path = path
    bytes = receipt.bytes
    sha256 = receipt.sha256
  }

  static let members: [Member<SavedReply>] = [
    Member("path", \.path, "The file."),
    Member("bytes", \.bytes, "Size of the file in bytes."),
    Member("sha256", \.sha256, "SHA-256 of the file."),
    Member("hash", \.hash, stateHashSummary),
  ]
}
