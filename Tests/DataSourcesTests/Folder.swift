import Glibc
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

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    var draft = try Draft(replacing: self(name))
    try draft.append(bytes)
    _ = try draft.keep()
    return self(name)
  }
}
