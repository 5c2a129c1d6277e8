/// A row of a table while it is read: fields of text.
protocol TableRecord {
  /// The number of fields.
  var count: Int { get }
  /// The line of the file, or the row of the query, counted from 1.
  var line: Int { get }
  /// Whether the line is blank.
  var isBlank: Bool { get }

  /// Calls `body` with the bytes of a field, which a NUL follows.
  func withField<T>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T
}

extension TableRecord {
  /// Returns a field as text; nil if it is not UTF-8.
  func field(_ index: Int) -> String? {
    withField(index) { String(validating: $0, as: UTF8.self) }
  }
}
