import Glibc
import JSON
import Tensors

/// A folder of a test's own, gone when the test is.
final class Folder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/elbo-tests-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit { system("rm -rf '\(path)'") }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The names in the folder.
  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    var draft = try Draft(replacing: self(name))
    try draft.append(bytes)
    _ = try draft.keep()
    return self(name)
  }
}

/// The fault that `body` ends in, if it does.
func fault(_ body: () throws -> Void) -> Fault? {
  do { try body() } catch { return error as? Fault }
  return nil
}

/// The bytes of a little-endian number.
func little(_ value: UInt64, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(value >> (8 * $0) & 255) }
}
