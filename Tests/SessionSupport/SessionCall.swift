import Engine
import JSON

extension Session {
  /// Runs a method, with its parameters as text.
  package func call(_ method: String, _ params: String) throws(Fault) -> JSON {
    guard let found = methods.first(where: { $0.name == method }) else {
      throw Fault(.method, "no such method: \(method)")
    }
    return try found.run(try JSON(parsing: params), in: self, Call())
  }
}

package func json(_ text: String) throws -> JSON { try JSON(parsing: text) }
