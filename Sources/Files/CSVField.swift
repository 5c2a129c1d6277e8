import JSON

/// Returns a field of a csv file, in quotes if it would not be read back otherwise.
package func csvField(_ text: String) -> String {
  let bytes = text.utf8
  let isPlain =
    bytes.first != 0x20 && bytes.last != 0x20 && !bytes.isEmpty
    // Quotation mark, comma, tabulator, line break, carriage return.
    && !bytes.contains { [0x22, 0x2C, 0x09, 0x0A, 0x0D].contains($0) }
  guard !isPlain else { return text }
  return "\"" + text.exchanging("\"", for: "\"\"") + "\""
}
