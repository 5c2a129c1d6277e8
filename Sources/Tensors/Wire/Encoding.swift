import Declarations
import JSON

/// How the numbers of an array stand in a reply.
public enum Encoding: String, Word {
  /// A list of numbers in the shortest form that reads back the same.
  case values
  /// The bytes of little-endian float32: a quarter of the time, and a third of the text.
  case base64
}
