/// What takes bytes from outside, each with a corpus of its own.
package enum FuzzEntry: String, CaseIterable, Sendable {
  /// Lines of a client, from the framing to the replies of a session.
  case lines
  /// Files with rows, loaded and used.
  case idx, npy, csv, png, gzip, safetensors
  /// Files of models and trainers, loaded and used; a checkpoint in a folder with its history.
  case model, trainer, checkpoint
  /// The descriptions of plug-ins, with their plans and rows.
  case plugin

  /// Returns what runs the cases of this entry, with files in `folder`. Of files that load and are
  /// like earlier ones, one in `share` is used.
  package func target(in folder: String, usingOneIn share: UInt64 = 1) throws -> any FuzzTarget {
    switch self {
    case .lines: LineTarget()
    case .plugin: PluginTarget()
    default: try FileTarget(self, in: folder, usingOneIn: share)
    }
  }
}

/// Runs one case after another. A case that ends the process has found an error.
package protocol FuzzTarget: AnyObject {
  func take(_ bytes: [UInt8]) throws
}
