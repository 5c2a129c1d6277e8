import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport

@testable import Service

/// The real program with `--ranks`, and its processes as the system sees them.
struct RankedChild {
  let child: Child

  /// The launchers that are installed with our libraries.
  static let kinds: [MPI.Kind] = MPI.Kind.allCases.filter {
    Launcher.find("mpirun.\($0.rawValue)") != nil && access(library($0), R_OK) == 0
  }

  /// Why there are no tests without one.
  static let excuse = "no mpirun, or no library of scripts/mpi"

  private static func library(_ kind: MPI.Kind) -> String {
    let folder = Child.binary.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
    return "\(folder)/lib/elbo/libelbo-\(kind.rawValue).so"
  }

  static let environment = ["PATH=/usr/bin:/bin:/usr/local/bin", "HOME=/tmp"]

  /// The words of a launcher, before those of `wrapper`.
  static func launch(_ kind: MPI.Kind, _ count: Int, _ wrapper: String = "") -> String {
    let options = kind == .openMPI ? " --oversubscribe --allow-run-as-root --bind-to none" : ""
    return "mpirun.\(kind.rawValue)\(options) -n \(count) \(wrapper)"
  }

  init(_ kind: MPI.Kind, _ count: Int, wrapper: String = "", errors: Int32? = nil) throws {
    child = try Child(
      [
        "serve", "--threads", "1", "--ranks", "\(count)", "--launch",
        Self.launch(kind, count, wrapper),
      ], in: Self.environment, errors: errors)
  }

  /// Returns the result of a call, or its error.
  func ask(_ method: String, _ params: JSON) -> JSON {
    child.send(request(method, id: 1, params))
    let reply = child.message(within: 120) ?? "no reply"
    return reply["result"] ?? reply["error"] ?? reply
  }

  /// The processes of its ranks by number, and that of the launcher.
  var processes: (ranks: [Int: pid_t], launcher: pid_t?) {
    var (ranks, launcher): ([Int: pid_t], pid_t?) = ([:], nil)
    var door: String?
    let all = Folder.names(in: "/proc").compactMap { pid_t($0) }
    for process in all where Self.parent(of: process) == child.process {
      launcher = process
      door = Self.words("/proc/\(process)/cmdline").last
    }
    for process in all where process != launcher {
      let words = Self.words("/proc/\(process)/cmdline")
      guard let door, words.last == door, words.contains("rank") else { continue }
      for variable in Self.words("/proc/\(process)/environ") {
        let parts = variable.split(separator: "=")
        guard parts.count == 2, ["OMPI_COMM_WORLD_RANK", "PMI_RANK"].contains(parts[0]) else {
          continue
        }
        ranks[Int(parts[1]) ?? -1] = process
      }
    }
    return (ranks, launcher)
  }

  private static func words(_ path: String) -> [String] {
    ((try? contents(of: path)) ?? "").split(separator: "\0").map(String.init)
  }

  private static func parent(of process: pid_t) -> pid_t? {
    let line = (try? contents(of: "/proc/\(process)/stat")) ?? ""
    // The name, in parentheses, may have spaces.
    let fields = line.split(separator: ")").last?.split(separator: " ") ?? []
    return fields.count > 1 ? pid_t(fields[1]) : nil
  }

  /// Waits until processes are gone; returns those that are left.
  static func left(of processes: [pid_t], within seconds: Double = 20) -> [pid_t] {
    let deadline = Clock.seconds + seconds
    func alive() -> [pid_t] {
      processes.filter { process in
        let line = (try? contents(of: "/proc/\(process)/stat")) ?? ""
        return !line.isEmpty && !line.contains(") Z ")
      }
    }
    while !alive().isEmpty, Clock.seconds < deadline { usleep(10_000) }
    return alive()
  }
}

/// A small training on strokes that each rank makes for itself.
enum RankedTraining {
  /// The rows have weights, which objectives that couple rows refuse.
  static func data(isCoupled: Bool) -> JSON {
    guard !isCoupled else { return data }
    let weights = JSON.array((0..<200).map { .int($0 % 5) })
    return data.with(.object([JSON.Member("weights", weights)]))
  }

  static let data: JSON = [
    "name": "d", "source": ["type": "strokes", "count": 200, "seed": 1],
    "transforms": [["type": "subsample", "factor": 4], ["type": "binarize", "threshold": 100]],
    "split": ["validation": 20, "seed": 1],
  ]

  private static let coupled =
    #"[{"type": "dense", "units": 9}, {"type": "batchNorm"}, {"type": "tanh"}, {"type": "dropout", "rate": 0.2}, {"type": "dense"}]"#
  private static let plain =
    #"[{"type": "dense", "units": 9}, {"type": "tanh"}, {"type": "dense"}]"#

  /// Models with what ranks have to meet for, each with the trainer's objective.
  static func model(isCoupled: Bool) throws -> JSON {
    let layers = try JSON(parsing: isCoupled ? coupled : plain)
    return [
      "name": "m", "data": "d", "latent": 3, "seed": 2, "encoder": layers, "decoder": layers,
      "likelihood": ["type": "bernoulli"],
      "prior": isCoupled ? ["type": "standardNormal"] : ["type": "vamp", "components": 5],
    ]
  }

  static func trainer(isCoupled: Bool) -> JSON {
    [
      "name": "t", "model": "m", "data": "d", "batch": 90, "seed": 3, "clip": 2.5,
      "balance": true, "augment": [["type": "shift", "pixels": 1]],
      "averaging": ["decay": 0.9], "optimizer": ["type": "adam", "rate": 0.01],
      "objective": [
        "type": isCoupled ? "totalCorrelation" : "elbo", "samples": isCoupled ? 2 : 9,
      ],
      "validation": ["every": 5, "samples": 2],
    ]
  }

  static func begin(
    _ ask: (String, JSON) -> JSON, isCoupled: Bool = true, isDistributed: Bool = false
  ) throws {
    let data = data(isCoupled: isCoupled)
    for (method, params) in [
      ("data.load", isDistributed ? data.with(["distributed": true]) : data),
      ("model.build", try model(isCoupled: isCoupled)),
      ("trainer.create", trainer(isCoupled: isCoupled)),
    ] {
      let reply = ask(method, params)
      guard reply["kind"] == nil, reply["message"] == nil else {
        throw Fault(.internal, "\(method): \(reply.line)")
      }
    }
  }

  /// Returns the hash after so many updates in one process.
  static func hashAlone(isCoupled: Bool, updates: Int) throws -> JSON? {
    let child = try Child(["serve", "--threads", "1"])
    func ask(_ method: String, _ params: JSON) -> JSON {
      child.send(request(method, id: 1, params))
      return child.message()?["result"] ?? .null
    }
    try begin(ask, isCoupled: isCoupled)
    _ = ask("trainer.step", ["trainer": "t", "updates": .int(updates)])
    return ask("trainer.info", ["trainer": "t", "hash": true])["hash"]
  }
}
