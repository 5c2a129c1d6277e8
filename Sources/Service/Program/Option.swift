import Glibc

/// One option of the command line, declared once for getopt and for the help.
struct Option: Sendable {
  let name: String
  /// A letter that stands for the name after one dash.
  var short: Character?
  /// The placeholder for its argument in the help; nil for a switch.
  var argument: String?
  let summary: String

  static let help = Option(name: "help", summary: "Show this help and exit.")
}
