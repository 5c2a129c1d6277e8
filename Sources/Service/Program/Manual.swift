import Engine

/// The manual page in roff, from what `--help` shows.
struct Manual {
  let commands: [Subcommand]
  let options: [Option]

  var text: String {
    var lines = [
      ".TH ELBO 1 \"\" \"elbo \(Engine.version)\" \"User Commands\"",
      ".SH NAME",
      "elbo \\- train and query variational autoencoders over JSON\\-RPC",
      ".SH SYNOPSIS",
      ".B elbo",
      ".I COMMAND",
      "[\\fIOPTION\\fR]…",
      ".SH DESCRIPTION",
      Self.escaped(
        "elbo trains variational autoencoders and answers requests of JSON-RPC 2.0, one message per line, on its pipes. elbo serve is the command that programs start; the method rpc.discover lists all methods."
      ),
      ".SH COMMANDS",
    ]
    for command in commands {
      lines += [".SS \"\(Self.escaped(command.usage))\"", Self.escaped(command.summary)]
      lines += command.options.flatMap(Self.entry)
      if !command.remarks.isEmpty { lines += [".PP", Self.escaped(command.remarks)] }
    }
    lines += [".SH OPTIONS"] + options.flatMap(Self.entry)
    lines += [".SH EXIT STATUS"]
    for status in ExitStatus.all {
      lines += [".TP", ".B \(status.number)", Self.escaped(status.meaning)]
    }
    lines += [
      ".SH ENVIRONMENT", ".TP", ".B NO_COLOR",
      "If it is set and not empty, nothing is coloured.",
    ]
    return lines.joined(separator: "\n")
  }

  private static func entry(_ option: Option) -> [String] {
    let argument = option.argument.map { " \\fI\(escaped($0))\\fR" } ?? ""
    return [".TP", "\\fB\\-\\-\(escaped(option.name))\\fR\(argument)", escaped(option.summary)]
  }

  /// Returns the text with what roff would interpret escaped: backslashes, hyphens, and a full
  /// stop or an apostrophe at the beginning of a line.
  static func escaped(_ text: String) -> String {
    var result = ""
    var isAtStart = true
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case ".", "'": result += isAtStart ? "\\&\(character)" : String(character)
      default: result.append(character)
      }
      isAtStart = character == "\n"
    }
    return result
  }
}

extension Subcommand {
  static let manual = Subcommand(
    name: "manual",
    summary: "Print the manual page: elbo manual | man -l -",
    options: []
  ) { (options) throws(Options.Misuse) in
    try refuseOperands(options)
    return Program.show(Manual(commands: Program.commands, options: Program.options).text)
  }
}
