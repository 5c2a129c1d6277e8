import Declarations
import JSON

/// The form of an array's numbers in a reply.
package enum Encoding: String, Word {
  /// A list of numbers in the shortest form that reads back unchanged.
  case values
  /// The bytes of little-endian float32, which take a quarter of the time and a third of the text.
  case base64
}
