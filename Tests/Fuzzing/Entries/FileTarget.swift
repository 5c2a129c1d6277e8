import Engine
import Glibc
import JSON
import SessionSupport

/// One session that loads the file of each case, and uses what it has loaded.
final class FileTarget: FuzzTarget {
  private let session = Session()
  private let calls: [(Method, JSON)]
  private let path: String
  private let isPicture: Bool
  private let watchdog = Watchdog()

  init(_ entry: FuzzEntry, in folder: String) throws {
    isPicture = entry == .png
    let name =
      switch entry {
      case .png: "pictures/1.png"
      case .checkpoint: "run/update-000000000005.safetensors"
      default: "case"
      }
    mkdir("\(folder)/pictures", 0o700)
    path = "\(folder)/\(name)"
    for (name, bytes) in FileSpecimen.beside { try Self.write(bytes, to: "\(folder)/\(name)") }
    // The history beside the checkpoint.
    if entry == .checkpoint { _ = try FileSpecimen.checkpoint(in: folder) }
    let lines = Self.lines(entry).replacing("FILE", with: path).replacing("NAME", with: "n")
      .replacing("BESIDE/", with: "\(folder)/")
      .replacing("\"saved\"", with: "\"\(folder)/saved\"")
    func call(_ request: JSON) throws -> (Method, JSON) {
      guard let method = methods.first(where: { $0.name == request["method"]?.text }) else {
        throw Fault(.method, request.line)
      }
      return (method, request["params"] ?? [:])
    }
    calls = try lines.split(separator: "\n").map { try call(JSON(parsing: $0)) }
    for request in FileSpecimen.preparation {
      let (method, params) = try call(request)
      _ = try method.run(params, in: session, Call())
    }
  }

  /// Returns the calls of an entry, with words in place of the paths.
  private static func lines(_ entry: FuzzEntry) -> String {
    let idx = FileSpecimen.rows(#"{"type":"idx","images":"FILE"}"#)
    let csv = FileSpecimen.rows(
      #"{"type":"csv","path":"FILE","categories":{"b":[]},"label":"c","missing":"mean"}"#)
    switch entry {
    case .model: return FileSpecimen.model
    case .trainer: return FileSpecimen.trainer
    case .checkpoint: return FileSpecimen.trainer.replacing("FILE", with: "BESIDE/run")
    case .npy: return FileSpecimen.rows(#"{"type":"npy","path":"FILE"}"#) + FileSpecimen.array
    case .idx:
      return idx
        + FileSpecimen.rows(#"{"type":"idx","images":"BESIDE/images","labels":"FILE"}"#)
    case .gzip: return idx + csv
    case .csv:
      return csv + FileSpecimen.rows(#"{"type":"csv","path":"FILE","missing":"drop"}"#)
    case .png:
      return FileSpecimen.rows(#"{"type":"png","path":"BESIDE/pictures"}"#)
        + FileSpecimen.rows(#"{"type":"png","path":"BESIDE/pictures","colour":true}"#)
    case .safetensors:
      return FileSpecimen.rows(
        #"{"type":"safetensors","path":"FILE","tensor":"rows","labels":"classes"}"#)
        + #"{"method":"model.assign","params":{"model":"plain","path":"FILE"}}"#
    case .lines, .plugin: return ""
    }
  }

  func take(_ bytes: [UInt8]) throws {
    try Self.write(isPicture ? FileSpecimen.withChecksums(bytes) : bytes, to: path)
    for (method, params) in calls {
      let stop = StopFlag()
      let run = { try self.method(method, params, stop) }
      _ = try? watchdog.watch(stoppingBy: { stop.raise() }, run)
    }
  }

  private func method(_ method: Method, _ params: JSON, _ stop: StopFlag) throws {
    _ = try method.run(params, in: session, Call(stop: stop))
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Fault(.io, path) }
    defer { close(file) }
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw Fault(.io, path) }
  }
}
