import Declarations
import Files
import JSON

/// The characters that separate and enclose the fields of a table.
struct CSVDialect: Sendable {
  var delimiter = UInt8(ascii: ",")
  /// The character around fields that contain delimiters or line breaks; nil for none.
  var quote: UInt8? = UInt8(ascii: "\"")
  /// The character that takes the next one as it is; nil for none.
  var escape: UInt8?

  /// Checks the options of a source. Throws `params`.
  init(_ options: CSVSource) throws(Fault) {
    let name = options.path.lowercased()
    let isTabbed = [".tsv", ".tab", ".tsv.gz", ".tab.gz"].contains { name.hasSuffix($0) }
    delimiter = try Self.character(
      options.delimiter ?? (isTabbed ? "\t" : ","), besides: [0, 0x0A, 0x0D, 0x22], "delimiter",
      "one ASCII character other than a quote or a line break")
    let word = "one ASCII character other than the delimiter or a line break"
    quote =
      options.quote.isEmpty
      ? nil
      : try Self.character(options.quote, besides: [0, 0x0A, 0x0D, delimiter], "quote", word)
    if let text = options.escape {
      escape = try Self.character(
        text, besides: [0, 0x0A, 0x0D, delimiter, quote ?? 0], "escape", word)
    }
  }

  private static func character(
    _ text: String, besides rest: [UInt8], _ member: String, _ expected: String
  ) throws(Fault) -> UInt8 {
    guard let byte = text.utf8.first, text.utf8.count == 1, byte < 128, !rest.contains(byte) else {
      throw .misfit(expected: expected, got: .string(text), at: member)
    }
    return byte
  }
}
