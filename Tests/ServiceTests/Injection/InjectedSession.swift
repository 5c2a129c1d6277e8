import Engine
import Files
import FuzzEntries
import Glibc
import JSON
import TestSupport

@testable import Service

/// A scripted session of the real program with the library for failures, in a folder that is made
/// anew for each run: `Tests/Injection/session.ndjson`.
struct InjectedSession {
  /// What is left of a run.
  struct Outcome {
    let status: Int32?
    let replies: [JSON]
    let errors: String
    let counts: InjectionCounts
    let files: [String: [UInt8]]

    func reply(to id: Int) -> JSON? { replies.first { $0["id"] == .int(id) } }
  }

  let library: String
  /// In memory if possible, because the script synchronises its files 75 times.
  private let place = Folder(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
  let folder: String
  /// The files that a run finds where it saves others.
  var former: [String: [UInt8]] = [:]

  /// The files that the script saves over others.
  static let saved = ["m.safetensors", "t.safetensors", "samples.png", "got.npy"]

  init() throws {
    library = try Compiler.library("Tests/Injection/inject.c")
    folder = place("session")
  }

  func requests(seed: Int = 1) throws -> [JSON] {
    let text = try contents(of: "\(root)/Tests/Injection/session.ndjson")
      .replacing("FOLDER", with: folder).replacing("SEED", with: "\(seed)")
    return try text.split(separator: "\n").enumerated().map { place, line in
      guard case .object(let members) = try JSON(parsing: line) else { return .null }
      return .object([.init("jsonrpc", "2.0"), .init("id", .int(place + 1))] + members)
    }
  }

  /// Runs the script to the end of its input.
  func run(
    _ requests: [JSON], _ injection: Injection? = nil, isFenced: Bool = false
  ) throws -> Outcome {
    try makeFolder()
    let (counts, errors) = (place("counts"), place("errors"))
    _ = write([UInt8](repeating: 0, count: 8 * InjectionCounts.size), to: counts)
    let words = open(errors, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(words) }
    let child = try Child(
      ["serve", "--threads", "2", "--state", "\(folder)/state"]
        + (isFenced ? ["--root", folder] : []),
      in: [
        "LD_PRELOAD=\(library)", "ELBO_INJECT_COUNTS=\(counts)", "SWIFT_BACKTRACE=enable=no",
        injection?.word ?? "ELBO_INJECT=-1:0:0",
      ], errors: words)
    _ = child.send(bytes: requests.flatMap { $0.bytes + [0x0A] })
    child.closeInput()
    let text = child.rest()
    let status = child.end()
    return Outcome(
      status: status,
      replies: try text.split(separator: "\n").map { try JSON(parsing: $0, limits: Self.any) },
      errors: try contents(of: errors), counts: InjectionCounts(try File.read(counts)),
      files: try Self.files(in: folder))
  }

  /// Replies may be larger than requests.
  private static let any: JSON.Limits = {
    var limits = JSON.Limits()
    (limits.line, limits.values) = (.max, .max)
    return limits
  }()

  private func makeFolder() throws {
    Scratch.remove(folder)
    mkdir(folder, 0o700)
    mkdir("\(folder)/pictures", 0o700)
    for (name, bytes) in Self.inputs.merging(former, uniquingKeysWith: { $1 }) {
      guard write(bytes, to: "\(folder)/\(name)") else { throw Fault(.io, name) }
    }
  }

  private static let inputs: [String: [UInt8]] = [
    "rows.npy": FileSpecimen.npy(
      "<f4", "(24, 1, 4, 4)",
      (0..<384).flatMap { little(UInt64((Float($0 * 37 % 101) / 100).bitPattern), 4) }),
    "labels.npy": FileSpecimen.npy("<i8", "(24,)", (0..<24).flatMap { little($0 % 3, 8) }),
    "table.csv": Array(FileSpecimen.table.utf8),
    "images.gz": FileSpecimen.gzip(FileSpecimen.words([0x803, 6, 4, 4]) + (0..<96)),
    "pictures/1.png": FileSpecimen.png, "pictures/2.png": FileSpecimen.png,
  ]

  private static func files(in folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in Folder.names(in: folder) {
      if File.isFolder("\(folder)/\(name)") {
        for (inner, bytes) in try self.files(in: "\(folder)/\(name)") {
          files["\(name)/\(inner)"] = bytes
        }
      } else {
        files[name] = try File.read("\(folder)/\(name)")
      }
    }
    return files
  }
}
