import Files
import Glibc
import JSON

/// The program that starts the ranks, such as mpirun: a child in a session of its own, without
/// stdin and without a terminal, so that it fails where it would ask for a password.
struct Launcher: Sendable {
  private let process: pid_t

  /// The path of this program.
  static let program: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    return String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()

  /// Returns the words of `mpirun` for `count` processes on this machine. Throws `missingProgram`.
  static func words(for count: Int) throws(Fault) -> [String] {
    guard find("mpirun") != nil else {
      throw Fault(
        .missingProgram, "--ranks: there is no mpirun", expected: "mpirun on the PATH",
        got: "none",
        hint: "apt-get install openmpi-bin, or name another launcher with --launch")
    }
    var words = ["mpirun", "-n", "\(count)"]
    guard kind("mpirun") == .openMPI else { return words }
    // It would bind each process, with all its threads, to one processor.
    words += ["--bind-to", "none"]
    if count > Processors.count { words.append("--oversubscribe") }
    if geteuid() == 0 { words.append("--allow-run-as-root") }
    return words
  }

  /// Returns the MPI that a launcher belongs to, by what it says about itself.
  static func kind(_ launcher: String) -> MPI.Kind? {
    guard let pipe = popen("\(launcher) --version 2>&1", "r") else { return nil }
    defer { pclose(pipe) }
    var text = [UInt8](repeating: 0, count: 4096)
    let count = fread(&text, 1, text.count, pipe)
    let words = String(decoding: text.prefix(count), as: UTF8.self)
    if words.includes("Open MPI") || words.includes("OpenRTE") { return .openMPI }
    return words.includes("HYDRA") || words.includes("MPICH") ? .mpich : nil
  }

  /// Returns the path of a program; nil if there is none.
  static func find(_ name: String) -> String? {
    if name.includes("/") { return access(name, X_OK) == 0 ? name : nil }
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Starts it. What it and its processes print goes to stderr. Throws `missingProgram` and `io`.
  init(_ words: [String]) throws(Fault) {
    guard let name = words.first, let path = Self.find(name) else {
      throw Fault(
        .missingProgram, "--launch: there is no program \(words.first ?? "\"\"")",
        expected: "a program on the PATH", got: words.first ?? "nothing")
    }
    // srun else lets the other ranks wait for one that died on another machine.
    setenv("SLURM_KILL_BAD_EXIT", "1", 0)
    process = try ChildProcess.start(path, Array(words.dropFirst()), inOwnSession: true) {
      actions in
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, 2, 1)
    }
  }

  /// Returns how it ended, in words; nil while it runs. Answers once.
  func ending() -> String? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? "with status \(status >> 8 & 0xFF)" : "by signal \(signal)"
  }

  func terminate() { kill(-process, SIGTERM) }
  func kill() { kill(-process, SIGKILL) }

  private func kill(_ process: pid_t, _ signal: Int32) { _ = Glibc.kill(process, signal) }
}
