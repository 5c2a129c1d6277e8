import Files
import JSON

/// Named float32 tensors and texts in one file (`.safetensors`), in the given order.
///
/// The file is eight bytes with the length of a JSON header, the header, and the numbers, which
/// follow each other without a gap. Format and rules: github.com/huggingface/safetensors.
package struct SafeTensors: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let tensor: Tensor

    package init(_ name: String, _ tensor: Tensor) {
      self.name = name
      self.tensor = tensor
    }
  }

  /// A member of `__metadata__`.
  package struct Note: Sendable, Equatable {
    package let name: String
    package let text: String

    package init(_ name: String, _ text: String) {
      self.name = name
      self.text = text
    }
  }

  package var entries: [Entry]
  package var metadata: [Note]

  package init(_ entries: [Entry], metadata: [Note] = []) {
    self.entries = entries
    self.metadata = metadata
  }

  /// The tensor named `name`, if there is one.
  package subscript(name: String) -> Tensor? { entries.first { $0.name == name }?.tensor }

  /// Returns the text named `name` in the metadata, if there is one.
  package func note(_ name: String) -> String? { metadata.first { $0.name == name }?.text }

  /// Writes the file atomically: it is complete, or unchanged. `replace` allows it to replace a
  /// file of another kind. Throws `params` if a name occurs twice.
  @discardableResult
  package func write(
    to path: String, replace: Bool = false, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> AtomicFile.Receipt {
    var file = try AtomicFile(.safetensors, at: path, replace: replace)
    try file.append(try header())
    for entry in entries { try file.append(entry.tensor.values, checkpoint: checkpoint) }
    return try file.keep()
  }

  /// Returns the length and the JSON, padded with spaces so that the numbers begin at a multiple of
  /// 8.
  private func header() throws(Fault) -> [UInt8] {
    var members: [JSON.Member] = []
    if !metadata.isEmpty {
      try Self.refuseTwins(metadata.map(\.name))
      let texts = metadata.map { JSON.Member($0.name, .string($0.text)) }
      members.append(JSON.Member("__metadata__", .object(texts)))
    }
    try Self.refuseTwins(["__metadata__"] + entries.map(\.name))
    var begin = 0
    for entry in entries {
      let end = begin + 4 * entry.tensor.values.count
      let value: JSON = [
        "dtype": "F32", "shape": entry.tensor.shape.json, "data_offsets": [begin, end].json,
      ]
      members.append(JSON.Member(entry.name, value))
      begin = end
    }
    var text = JSON.object(members).bytes
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    guard text.count <= Self.headerLimit else {
      throw Fault(.resultTooLarge, "a header of \(text.count) bytes; \(Self.headerLimit) are read")
    }
    return (0..<8).map { UInt8(text.count >> (8 * $0) & 255) } + text
  }

  /// The longest header that readers accept.
  package static let headerLimit = 100_000_000

  private static func refuseTwins(_ names: [String]) throws(Fault) {
    var known: Set<String> = []
    for name in names where !known.insert(name).inserted {
      throw Fault(.params, "the name \(JSON.string(name).excerpt) occurs twice")
    }
  }
}
