import Engine
import JSON

/// The messages of editors in the framing of the language-server protocol.
enum Editors {
  static let greeting: JSON = [
    "capabilities": [:],
    "serverInfo": ["name": "elbo", "version": .string(Engine.version)],
  ]
}
