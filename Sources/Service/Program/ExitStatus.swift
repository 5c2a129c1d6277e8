/// An exit status of the program, and what it means; protocols/README.md says when each occurs.
struct ExitStatus {
  let number: Int32
  let meaning: String

  static let all = [
    ExitStatus(number: 0, meaning: "Everything was done and answered."),
    ExitStatus(number: 1, meaning: "Something failed; stderr says what."),
    ExitStatus(
      number: 64, meaning: "The command line was wrong, or a plug-in could not be loaded."),
    ExitStatus(number: 69, meaning: "The processes of --ranks could not begin."),
    ExitStatus(number: 129, meaning: "SIGHUP ended the process."),
    ExitStatus(number: 130, meaning: "SIGINT came twice within a second."),
    ExitStatus(number: 143, meaning: "SIGTERM ended the process."),
  ]
}
