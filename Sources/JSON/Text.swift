/// Searching texts with the standard library alone: methods of the same meaning in
/// `_StringProcessing` would add a megabyte to the packaged program.
extension StringProtocol {
  /// Returns whether `part` occurs in the text, byte for byte.
  package func includes(_ part: some StringProtocol) -> Bool {
    utf8.indices.contains { utf8[$0...].starts(with: part.utf8) } || part.isEmpty
  }

  /// Returns the text with `replacement` in place of each occurrence of `scalar`, which counts even
  /// if combining marks follow it.
  package func exchanging(_ scalar: Unicode.Scalar, for replacement: String) -> String {
    var text = ""
    for each in unicodeScalars {
      if each == scalar {
        text += replacement
      } else {
        text.unicodeScalars.append(each)
      }
    }
    return text
  }
}
