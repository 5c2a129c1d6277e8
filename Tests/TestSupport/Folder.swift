import Files
import Glibc

/// A folder of one test, which is removed with the value.
package final class Folder: Sendable {
  package let path: String

  package init(in parent: String = "/tmp") {
    var template = Array("\(parent)/elbo-tests-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit { system("rm -rf '\(path)'") }

  package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The names in the folder.
  package var names: [String] { Self.names(in: path) }

  /// Returns the names in any folder, in alphabetical order; none if the folder does not exist.
  package static func names(in path: String) -> [String] {
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
  package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    var file = try AtomicFile(.other, at: self(name), replace: true)
    try file.append(bytes)
    _ = try file.keep()
    return self(name)
  }
}
