import Glibc

/// The command line.
enum Arguments {
  /// The program's name and the words after it.
  ///
  /// Swift reads them from `/proc`, and finds none without it. The kernel puts them on the stack
  /// right below the environment, each list after its count and with a terminator, so that they can
  /// be found from there.
  static var all: [String] {
    let arguments = CommandLine.arguments
    return arguments.isEmpty ? belowEnvironment() : arguments
  }

  /// Must be called before the environment is changed, which moves it.
  static func belowEnvironment() -> [String] {
    var place = environ - 2
    var words: [String] = []
    // No address is as small as the number of arguments, which comes before the first.
    while Int(bitPattern: place.pointee) != words.count, let word = place.pointee {
      words.append(String(cString: word))
      place -= 1
    }
    return words.reversed()
  }
}
