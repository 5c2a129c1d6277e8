import Files
import JSON
import Tensors

/// Writes rows as a table of comma-separated values (RFC 4180), as `CSVSource` reads it.
package struct TableFile {
  /// The columns, if they are known; otherwise they are named "0", "1", …
  package var columns: [TableColumn]?
  /// The label of each row, for a last column.
  package var labels: [Int]?
  /// The word for a label; nil if it is a number.
  package var word: @Sendable (Int) -> String? = { _ in nil }

  package init() {}

  /// Writes the rows of an array, whose first extent is their number: a header, and a line for each
  /// row. A column of words has words where its number is that of one. `replace` allows the file to
  /// replace one that is no text. Throws `io`, `denied`, `noSpace` and what `checkpoint` throws.
  package func write(
    _ tensor: Tensor, to path: String, replace: Bool = false,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    let width = tensor.shape.extents.dropFirst().reduce(1, *)
    let count = width == 0 ? 0 : tensor.values.count / width
    let columns = self.columns.flatMap { $0.count == width ? $0 : nil }
    let labels = self.labels.flatMap { $0.count == count ? $0 : nil }
    var file = try AtomicFile(.text, at: path, replace: replace)
    var text: [UInt8] = []
    let names = columns?.map(\.name) ?? (0..<width).map(String.init)
    for (place, name) in names.enumerated() {
      if place > 0 { text.append(Self.comma) }
      text += csvField(name).utf8
    }
    if labels != nil {
      var name = "label"
      while names.contains(name) { name += "_" }
      if width > 0 { text.append(Self.comma) }
      text += name.utf8
    }
    text.append(Self.lineBreak)
    let words = columns?.map(\.categories)
    for row in 0..<count {
      for place in 0..<width {
        if place > 0 { text.append(Self.comma) }
        let value = tensor.values[row * width + place]
        if let known = words?[place], let number = Int(exactly: value),
          known.indices.contains(number)
        {
          text += csvField(known[number]).utf8
        } else {
          Self.append(value, to: &text)
        }
        if text.count > 1 << 20 {
          try checkpoint()
          try file.append(text)
          text.removeAll(keepingCapacity: true)
        }
      }
      if let label = labels?[row] {
        text.append(Self.comma)
        text += csvField(word(label) ?? "\(label)").utf8
      }
      text.append(Self.lineBreak)
    }
    try checkpoint()
    try file.append(text)
    _ = try file.keep()
  }

  private static let comma = UInt8(ascii: ",")
  private static let lineBreak = UInt8(ascii: "\n")

  /// Appends the shortest text that reads back as the same float32.
  private static func append(_ value: Float, to text: inout [UInt8]) {
    if value.magnitude < 0x1p24, value == value.rounded(), value.sign == .plus || value != 0 {
      text += "\(Int(value))".utf8
    } else {
      text += (value.isNaN ? "NaN" : value.description).utf8
    }
  }
}
