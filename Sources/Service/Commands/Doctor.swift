import Bench
import CGlibc
import Declarations
import Engine
import Files
import Glibc
import JSON
import Tensors

extension Subcommand {
  static let doctor = Subcommand(
    name: "doctor",
    summary:
      "Say what this machine has, what is missing and how to get it, and whether the numbers are right.",
    options: [.threads],
    remarks: """
      Lines begin with ok, missing (only what the line names does without) or failed. The status is 1
      if a line begins with failed, else 0.
      """
  ) { (options) throws(Options.Misuse) in
    try refuseOperands(options)
    let findings = Doctor(configuration: try configuration(options)).findings()
    let width = findings.map(\.subject.count).max() ?? 0
    let text = findings.map { $0.line(width: width) + "\n" }.joined()
    let isWritten = writeAll(Array(text.utf8), to: 1)
    return isWritten && !findings.contains { $0.state == .failed } ? 0 : 1
  }
}

/// Looks at the machine and at what the program computes there.
struct Doctor {
  let configuration: Configuration

  /// One line of the report.
  struct Finding {
    enum State: String {
      case ok, missing, failed
    }

    let state: State
    let subject: String
    let words: String

    func line(width: Int) -> String {
      "\(padded(state.rawValue, 7))  \(padded(subject, width))  \(words)"
    }
  }

  func findings() -> [Finding] {
    [program, processor, threads, memory, peak, numbers, sandbox, ranks]
      + Companion.all.map { companion in
        companion.isInstalled
          ? Finding(state: .ok, subject: companion.name, words: "for \(companion.purpose)")
          : Finding(
            state: .missing, subject: companion.name,
            words: "\(companion.purpose) needs it: apt-get install \(companion.package)")
      }
  }

  private var program: Finding {
    Finding(
      state: .ok, subject: "program",
      words: "elbo \(Engine.version), C library \(String(cString: gnu_get_libc_version()))")
  }

  private var processor: Finding {
    let note = Platform.simd == "x86-64" ? ", without AVX2: several times slower" : ""
    return Finding(
      state: .ok, subject: "processor",
      words: "kernels for \(Platform.simd)\(note); products by \(Platform.products)")
  }

  private var threads: Finding {
    Finding(
      state: .ok, subject: "threads",
      words: "\(configuration.threads) share an update; --threads N changes it")
  }

  private var memory: Finding {
    do throws(Fault) {
      try Memory.requireStart()
    } catch {
      return Finding(state: .failed, subject: "memory", words: error.sentence)
    }
    return Finding(
      state: .ok, subject: "memory", words: "\(Memory.available >> 20) MiB to be had")
  }

  private var peak: Finding {
    let peak = Bench.peak(threads: configuration.threads, budget: 0.1) * 1e-9
    return Finding(
      state: .ok, subject: "speed",
      words: "\(Int(peak.rounded())) GFLOP/s of multiply-adds; elbo bench measures models")
  }

  private var numbers: Finding {
    let session = Session(configuration)
    defer { _ = session.close() }
    do throws(Fault) {
      let checks = try EngineSelfTest.run(Nothing(), in: session, Call()).checks
      let wrong = checks.filter { !$0.passed }.map(\.check)
      guard wrong.isEmpty else {
        return Finding(
          state: .failed, subject: "numbers",
          words: "wrong: \(wrong.joined(separator: "; ")); please report this line")
      }
    } catch {
      return Finding(state: .failed, subject: "numbers", words: error.sentence)
    }
    return Finding(
      state: .ok, subject: "numbers", words: "agree with exact answers (engine.selfTest)")
  }

  private var sandbox: Finding {
    let version = elbo_landlock_version()
    return version >= 3
      ? Finding(state: .ok, subject: "sandbox", words: "Landlock \(version), for --sandbox")
      : Finding(
        state: .missing, subject: "sandbox",
        words: "--sandbox needs Linux 6.2 or later, with landlock in /sys/kernel/security/lsm")
  }

  private var ranks: Finding {
    let libraries = MPI.Kind.allCases.filter { $0.library != nil }
    guard let launcher = Launcher.kind("mpirun") else {
      return Finding(
        state: .missing, subject: "ranks",
        words: "--ranks needs mpirun: apt-get install openmpi-bin")
    }
    return libraries.contains(launcher)
      ? Finding(state: .ok, subject: "ranks", words: "\(launcher.words), for --ranks")
      : Finding(
        state: .missing, subject: "ranks",
        words: "--ranks needs libelbo-\(launcher.rawValue).so: scripts/mpi of the sources builds it"
      )
  }
}
