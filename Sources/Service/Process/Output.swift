import Glibc

/// Returns the system's message for an error number.
func systemMessage(_ code: Int32 = errno) -> String {
  var text = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Writes all bytes, however long that takes; returns false if that fails.
func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
  bytes.withUnsafeBytes { all in
    var offset = 0
    while offset < all.count {
      let rest = UnsafeRawBufferPointer(rebasing: all[offset...])
      guard let count = DescriptorSink(descriptor: file).write(rest, waiting: true) else {
        return false
      }
      offset += count
    }
    return true
  }
}

/// Writes a message to stderr, unless its reader is gone or stalled: a full stderr must not stop
/// the engine.
func say(_ text: String) {
  var bytes = Array(text.utf8)
  bytes.append(0x0A)
  _ = bytes.withUnsafeBytes { DescriptorSink(descriptor: 2).write($0, waiting: false) }
}
