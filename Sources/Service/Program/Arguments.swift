import Glibc

/// The command line.
enum Arguments {
  /// The program's name and what follows it.
  ///
  /// Swift reads them from `/proc`, and without it there are none. The kernel puts them on the
  /// stack right below the environment, each list behind its number and with an end of its own, so
  /// that they can be found from there.
  static var all: [String] {
    let arguments = CommandLine.arguments
    return arguments.isEmpty ? belowEnvironment() : arguments
  }

  /// To be called before the environment is changed, which moves it elsewhere.
  static func belowEnvironment() -> [String] {
    var place = environ - 2
    var words: [String] = []
    // No address is as small as the number of arguments, which stands before the first.
    while Int(bitPattern: place.pointee) != words.count, let word = place.pointee {
      words.append(String(cString: word))
      place -= 1
    }
    return words.reversed()
  }
}
