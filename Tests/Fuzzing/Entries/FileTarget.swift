import Engine
import Glibc
import JSON
import SessionSupport

/// One session that loads the file of each case, and uses what it has loaded (`LoadAndUse`).
///
/// A format is read in several ways, such as images and labels: a share of the cases is loaded in
/// all of them, any other in one, which follows from its bytes.
final class FileTarget: FuzzTarget {
  private let session = Session()
  private let groups: [LoadAndUse]
  private let share: UInt64
  private let path: String
  private let isPicture: Bool
  /// Whether the groups are several ways to load the same, of which one is enough.
  private let isTrainer: Bool
  private let watchdog = Watchdog()
  /// The number of pixels up to which every picture is loaded.
  private static let largePicture = 1 << 16

  init(_ entry: FuzzEntry, in folder: String, usingOneIn share: UInt64) throws {
    self.share = share
    isPicture = entry == .png
    isTrainer = entry == .trainer || entry == .checkpoint
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
    func call(_ request: JSON) throws -> (Method, JSON) {
      guard let method = methods.first(where: { $0.name == request["method"]?.text }) else {
        throw Fault(.method, request.line)
      }
      return (method, request["params"] ?? [:])
    }
    let file = path
    groups = try Self.groups(entry).map { group in
      let lines = group.replacing("FILE", with: file).replacing("NAME", with: "n")
        .replacing("BESIDE/", with: "\(folder)/")
        .replacing("\"saved\"", with: "\"\(folder)/saved\"")
      let calls = try lines.split(separator: "\n").map { try call(JSON(parsing: $0)) }
      return LoadAndUse(load: calls[0], uses: Array(calls.dropFirst()))
    }
    for request in FileSpecimen.preparation {
      let (method, params) = try call(request)
      _ = try method.run(params, in: session, Call())
    }
  }

  /// Returns the calls of an entry, with words in place of the paths: those that load one thing
  /// together, the load first.
  private static func groups(_ entry: FuzzEntry) -> [String] {
    let idx = FileSpecimen.rows(#"{"type":"idx","images":"FILE"}"#)
    let csv = FileSpecimen.rows(
      #"{"type":"csv","path":"FILE","categories":{"b":[]},"label":"c","missing":"mean"}"#)
    switch entry {
    case .model: return [FileSpecimen.modelAlone, FileSpecimen.assign]
    case .trainer: return FileSpecimen.trainers
    case .checkpoint:
      return FileSpecimen.trainers.map { $0.replacing("FILE", with: "BESIDE/run") }
    case .npy:
      return [
        FileSpecimen.rows(#"{"type":"npy","path":"FILE"}"#), FileSpecimen.examples,
        FileSpecimen.latents,
      ]
    case .idx:
      return [
        idx, FileSpecimen.rows(#"{"type":"idx","images":"BESIDE/images","labels":"FILE"}"#),
      ]
    case .gzip: return [idx, csv]
    case .csv: return [csv, FileSpecimen.rows(#"{"type":"csv","path":"FILE","missing":"drop"}"#)]
    case .png:
      return [
        FileSpecimen.rows(#"{"type":"png","path":"BESIDE/pictures"}"#),
        FileSpecimen.rows(#"{"type":"png","path":"BESIDE/pictures","colour":true}"#),
      ]
    case .safetensors:
      return [
        FileSpecimen.rows(
          #"{"type":"safetensors","path":"FILE","tensor":"rows","labels":"classes"}"#),
        FileSpecimen.assign,
      ]
    case .lines, .plugin: return []
    }
  }

  func take(_ bytes: [UInt8]) throws {
    let hash = Self.hash(bytes)
    let isSpared = hash % share != 0
    // The memory of a large picture is cleared before its data are read.
    if isPicture, isSpared, FileSpecimen.pixels(bytes) > Self.largePicture { return }
    try Self.write(isPicture ? FileSpecimen.withChecksums(bytes) : bytes, to: path)
    let way = Int(hash / share % UInt64(groups.count))
    for group in isSpared ? groups[way...way] : groups[...] {
      if group.take(isSpared: isSpared, run), isTrainer { break }
    }
  }

  private func run(_ method: Method, _ params: JSON) throws -> JSON {
    let stop = StopFlag()
    let body = { try method.run(params, in: self.session, Call(stop: stop)) }
    return try watchdog.watch(stoppingBy: { stop.raise() }, body)
  }

  /// FNV-1a: which inputs are used does not depend on the run.
  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Fault(.io, path) }
    defer { close(file) }
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw Fault(.io, path) }
  }
}
