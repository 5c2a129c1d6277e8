import Declarations
import JSON

/// A name chosen by a client: 1 to 64 of A–Z a–z 0–9 _ . -
struct Handle: JSONForm {
  let name: String

  static let schema = Schema(
    "a name: 1 to 64 of A–Z a–z 0–9 _ . -",
    ["type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"])

  init(json: JSON) throws(Fault) {
    guard let text = json.text, (1...64).contains(text.utf8.count),
      text.utf8.allSatisfy({ byte in
        let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        return isLetter || (0x30...0x39).contains(byte) || "_.-".utf8.contains(byte)
      })
    else { throw .misfit(expected: Self.schema.phrase, got: json) }
    name = text
  }

  init(_ name: String) { self.name = name }

  var json: JSON { .string(name) }
}
