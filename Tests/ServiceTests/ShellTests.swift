import Engine
import Glibc
import TestSupport
import Testing

@testable import Service

/// What `completions`, `manual` and `doctor` print.
@Suite struct Shells {
  @Test(arguments: [
    ("elbo se", "serve"), ("elbo serve --thr", "--threads"), ("elbo help rep", "replay"),
    ("elbo serve --sta", "--state"), ("elbo completions f", "elbo-f"),
    ("elbo serve --threads ", ""),
    ("elbo serve --state fol", "folder"),
  ])
  func bashCompletes(words: String, completed: String) throws {
    let folder = Folder()
    _ = try folder.write("elbo-f", [])
    try #require(mkdir(folder("folder"), 0o700) == 0)
    let script = try folder.write("elbo.bash", Array(try Self.printed("completions", "bash").utf8))
    let body = """
      cd '\(folder.path)' && source '\(script)' && COMP_WORDS=(\(words.hasSuffix(" ") ? words + "''" : words))
      [[ '\(words)' == *' f' ]] && COMP_WORDS[2]=elbo-f
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) && _elbo && echo "${COMPREPLY[*]}"
      """
    let run = try Child.run(["-c", body], of: "/bin/bash")
    #expect(run.status == 0)
    #expect(run.text == completed + "\n")
  }

  @Test(arguments: [("zsh", "/usr/bin/zsh"), ("fish", "/usr/bin/fish")])
  func otherShellsTakeTheScript(name: String, shell: String) throws {
    let script = try Self.printed("completions", name)
    for command in Program.commands {
      #expect(script.contains(command.name))
      for option in command.options { #expect(script.contains(option.name)) }
    }
    guard access(shell, X_OK) == 0 else { return }
    let folder = Folder()
    let path = try folder.write("script", Array(script.utf8))
    #expect(try Child.run(["-n", path], of: shell, joiningErrors: true).text.isEmpty)
  }

  @Test func anUnknownShell() throws {
    let run = try Child.run(["completions", "tcsh"], joiningErrors: true)
    #expect(run.status == 64)
    #expect(run.text.contains("expected one shell of bash, zsh, fish, got tcsh"))
  }

  @Test func theManualHasEverything() throws {
    let page = try Self.printed("manual")
    for command in Program.commands {
      #expect(page.contains(Manual.escaped(command.summary)))
      for option in command.options { #expect(page.contains(Manual.escaped(option.summary))) }
    }
    #expect(Manual.escaped(".a-b\n'c\\.") == "\\&.a\\-b\n\\&'c\\e.")
    guard access("/usr/bin/groff", X_OK) == 0 else { return }
    let folder = Folder()
    let path = try folder.write("elbo.1", Array(page.utf8))
    let run = try Child.run(
      ["-ww", "-z", "-k", "-man", "-Tutf8", path], of: "/usr/bin/groff", joiningErrors: true)
    #expect(run.text.isEmpty, "\(run.text)")
  }

  @Test func theDoctorLooksAtEverything() throws {
    let run = try Child.run(["doctor"], joiningErrors: true)
    let lines = run.text.split(separator: "\n")
    let states = lines.map { String($0.prefix { $0 != " " }) }
    #expect(Set(states).isSubset(of: ["ok", "missing", "failed"]), "\(run.text)")
    #expect(run.status == (states.contains("failed") ? 1 : 0))
    for subject in ["program", "numbers", "gnuplot", "libhdf5", "libsqlite3", "sandbox"] {
      #expect(lines.contains { $0.split(separator: " ").dropFirst().first == subject[...] })
    }
    #expect(lines.contains { $0.hasPrefix("ok       numbers") }, "\(run.text)")
  }

  /// Returns what a command prints; requires that it ends well.
  private static func printed(_ arguments: String...) throws -> String {
    let run = try Child.run(arguments)
    try #require(run.status == 0)
    return run.text
  }
}
