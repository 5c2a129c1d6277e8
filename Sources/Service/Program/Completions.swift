import JSON

/// Scripts that complete the command line in a shell, from the commands and their options.
struct Completions {
  let commands: [Subcommand]

  enum Shell: String, CaseIterable {
    case bash, zsh, fish
  }

  func script(for shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    }
  }

  private var bash: String {
    let cases = commands.map { command in
      "    \(command.name)) words='\(command.options.map { "--" + $0.name }.joined(separator: " "))' ;;"
    }
    let folders = Set(commands.flatMap(\.options).filter(\.takesFolder).map { "--" + $0.name })
    let values = Set(commands.flatMap(\.options).filter(\.takesValue).map { "--" + $0.name })
    return """
      # Completion of elbo for bash: source it, or install it as bash-completion/completions/elbo.
      _elbo() {
        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=
        COMPREPLY=()
        case $before in
      \(folders.isEmpty ? "" : "    \(folders.sorted().joined(separator: " | "))) mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); return ;;\n")\
      \(values.isEmpty ? "" : "    \(values.sorted().joined(separator: " | "))) return ;;\n")\
        esac
        if ((COMP_CWORD == 1)); then
          words='\(commands.map(\.name).joined(separator: " ")) help --help --version'
        elif [[ ${COMP_WORDS[1]} == help ]]; then
          words='\(commands.map(\.name).joined(separator: " "))'
        elif [[ $word == -* ]]; then
          case ${COMP_WORDS[1]} in
      \(cases.joined(separator: "\n"))
          esac
          words+=' --help'
        fi
        if [[ $words ]]; then
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        else
          mapfile -t COMPREPLY < <(compgen -f -- "$word")
        fi
      }
      complete -o filenames -F _elbo elbo
      """
  }

  private var zsh: String {
    let names = commands.map { "    \(shellWord("\($0.name):\($0.summary)"))" }
    let cases = commands.map { command in
      let options = (command.options + [.help]).map { option in
        let text = option.summary.exchanging("[", for: "(").exchanging("]", for: ")")
        let value = option.argument.map { ":\($0):\(option.zshAction)" } ?? ""
        return shellWord("*--\(option.name)[\(text.exchanging(":", for: "\\:"))]\(value)")
      }
      return "    \(command.name)) _arguments \(options.joined(separator: " ")) '*:file:_files' ;;"
    }
    return """
      #compdef elbo
      _elbo() {
        local -a commands=(
      \(names.joined(separator: "\n"))
        )
        if ((CURRENT == 2)); then
          _describe command commands
          return
        fi
        shift words
        ((CURRENT--))
        case $words[1] in
      \(cases.joined(separator: "\n"))
          help) _describe command commands ;;
        esac
      }
      _elbo "$@"
      """
  }

  private var fish: String {
    var lines = ["complete -c elbo -n __fish_use_subcommand -f"]
    for command in commands {
      lines.append(
        "complete -c elbo -n __fish_use_subcommand -a \(command.name) -d \(shellWord(command.summary))"
      )
      for option in command.options + [.help] {
        let value =
          option.takesFolder
          ? " -x -a '(__fish_complete_directories)'"
          : option.takesFile ? " -r" : option.takesValue ? " -x" : ""
        lines.append(
          "complete -c elbo -n '__fish_seen_subcommand_from \(command.name)' -l \(option.name)\(value) -d \(shellWord(option.summary))"
        )
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// Returns the text as one word of a shell.
func shellWord(_ text: String) -> String { "'" + text.exchanging("'", for: "'\\''") + "'" }

extension Option {
  var takesFolder: Bool { ["FOLDER", "DIR"].contains(argument) }
  var takesFile: Bool { argument == "FILE" }
  /// Whether the option has an argument that names neither a file nor a folder.
  var takesValue: Bool { argument != nil && !takesFile && !takesFolder }

  var zshAction: String { takesFolder ? "_files -/" : takesFile ? "_files" : "" }
}

extension Subcommand {
  static let completions = Subcommand(
    name: "completions",
    summary: "Print a script that completes this command line in bash, zsh or fish.",
    operands: "SHELL",
    options: [],
    remarks: """
      For bash: elbo completions bash > ~/.local/share/bash-completion/completions/elbo
      For zsh: elbo completions zsh > FOLDER/_elbo, with FOLDER in $fpath
      For fish: elbo completions fish > ~/.config/fish/completions/elbo.fish
      """
  ) { (options) throws(Options.Misuse) in
    let known = Completions.Shell.allCases.map(\.rawValue)
    guard options.operands.count == 1, let name = options.operands.first,
      let shell = Completions.Shell(rawValue: name)
    else {
      let given = options.operands.isEmpty ? "none" : options.operands.joined(separator: " ")
      throw Options.Misuse(
        message: "expected one shell of \(known.joined(separator: ", ")), got \(given)")
    }
    return Program.show(Completions(commands: Program.commands).script(for: shell))
  }
}
