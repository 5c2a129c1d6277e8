import CGlibc
import Declarations
import Engine
import Files
import Glibc
import JSON

/// The command line: finds the command and runs it.
public enum Program {
  /// The exit status for a bad command line, as in sysexits.h.
  static let misuse: Int32 = 64

  /// All commands, one row each.
  static let commands: [Subcommand] = [
    Subcommand.train,
    Subcommand.sample,
    Subcommand.encode,
    Subcommand.score,
    Subcommand.serve,
    Subcommand.run,
    Subcommand.replay,
    Subcommand.verify,
    Subcommand.sweep,
    Subcommand.bench,
    Subcommand.checkPlugin,
    Subcommand.doctor,
    Subcommand.completions,
    Subcommand.manual,
  ]

  /// The options that stand without a command.
  static let options: [Option] = [
    Option(
      name: "help", summary: "Show this help; elbo COMMAND --help shows that of a command."),
    Option(name: "version", summary: "Show the version."),
  ]

  /// Runs the program with registered parts: call `try LayerKind.registry.add(.module(Mine.self) {
  /// $0 })` first.
  public static func main() -> Never {
    // Writing a report or a recording must not end in this signal either.
    signal(SIGXFSZ, SIG_IGN)
    limitArenas()
    end(with: run(Arguments.all))
  }

  /// Ends the process.
  static func end(with status: Int32) -> Never {
    Fence.current.scratch?.remove()
    // Not `exit`, because a thread may still be reading while exit handlers run.
    _exit(status)
  }

  /// Makes all threads allocate from one arena if the address space is limited, since every other
  /// arena reserves 64 MiB of it.
  private static func limitArenas() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != ~0
    else {
      return
    }
    mallopt(M_ARENA_MAX, 1)
  }

  /// Runs the command that the arguments name (the first is the program's name); returns the exit
  /// status.
  public static func run(_ arguments: [String]) -> Int32 {
    let arguments = Array(arguments.dropFirst())
    guard let name = arguments.first else {
      say(help)
      return misuse
    }
    switch name {
    case "--help", "-h": return show(help)
    case "--version": return show("elbo \(Engine.version)")
    case "help":
      guard let topic = arguments.dropFirst().first else { return show(help) }
      guard let command = commands.first(where: { $0.name == topic }) else {
        return complain("no such command: \(topic)", near: topic)
      }
      return show(command.help)
    case _ where name.hasPrefix("-"): return complain("no such option: \(name)")
    default: break
    }
    guard let command = (commands + [.rank]).first(where: { $0.name == name }) else {
      return complain("no such command: \(name)", near: name)
    }
    do throws(Options.Misuse) {
      let options = try Options(Array(arguments.dropFirst()), known: command.options)
      if options.has(Option.help.name) { return show(command.help) }
      return try command.body(options)
    } catch {
      say("elbo \(name): \(error.message)\ntry: elbo \(name) --help")
      return misuse
    }
  }

  static var help: String {
    var lines = [
      "elbo trains variational autoencoders and speaks JSON-RPC 2.0 over its pipes.", "",
      "usage: elbo COMMAND [OPTION]…", "",
    ]
    let width = commands.map(\.name.count).max() ?? 0
    for command in commands { lines.append("  \(padded(command.name, width))  \(command.summary)") }
    lines.append("")
    for option in options { lines.append("  --\(padded(option.name, 7))  \(option.summary)") }
    return lines.joined(separator: "\n")
  }

  private static func complain(_ message: String, near word: String? = nil) -> Int32 {
    let hint = word.flatMap { suggestion(for: $0, among: commands.map(\.name)) }
    say("elbo: \(message)" + (hint.map { ", \($0)" } ?? "") + "\ntry: elbo --help")
    return misuse
  }

  static func show(_ text: String) -> Int32 {
    writeAll(Array((text + "\n").utf8), to: 1) ? 0 : 1
  }
}

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
