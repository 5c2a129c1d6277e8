import Engine
import Glibc
import JSON
import TestSupport

@testable import Service

/// Returns the replies of a fresh session to a stream of lines.
func replies(to lines: [String], ending: String = "\n") throws -> [JSON] {
  // Deterministic, so that errors of unreadable messages keep the order of the input.
  var configuration = Configuration()
  configuration.isDeterministic = true
  let transcript = Transcript()
  let conversation = Conversation(methods, configuration, to: transcript)
  try conversation.start(onIdle: { transcript.wake() })
  var listener = conversation.listener()
  let input = Array((lines.joined(separator: "\n") + ending).utf8)
  input.withUnsafeBytes { listener.take($0) }
  listener.finish()
  _ = conversation.waitForEnd()
  return transcript.take(orWhen: { true }, until: { _ in true })
}

/// Files with one error each, in a folder that is removed with the process.
struct InputFiles {
  private let folder = Folder()

  init() {
    // Big-endian words: the magic number, then the extents.
    let images = Self.words([0x803, 20, 28, 28]) + Self.pixels(20 * 784)
    let compressed = Self.gzip(images)
    let contents: [(String, [UInt8])] = [
      ("corrupt.gz", compressed),
      ("empty", []),
      ("images", images),
      ("images-200", Self.words([0x803, 200, 28, 28]) + Self.pixels(200 * 784)),
      ("labels", Self.words([0x801, 20]) + (0..<20).map { $0 % 10 }),
      ("labels-19", Self.words([0x801, 19]) + (0..<19).map { $0 % 10 }),
      ("labels-200", Self.words([0x801, 200]) + (0..<200).map { $0 % 10 }),
      ("long", images + [0]),
      ("short", images.dropLast(10)),
      ("short.gz", Array(compressed.prefix(9000))),
      ("text", Array("hello".utf8)),
      ("vast", Self.words([0x803, 0xFFFF_FFFF, 28, 28])),
    ]
    for (name, bytes) in contents where !write(bytes, to: folder(name)) {
      fatalError("\(name): \(systemMessage())")
    }
    atexit { system("rm -rf '\(files.folder.path)'") }
  }

  func callAsFunction(_ name: String) -> String { folder(name) }

  private static func words(_ values: [UInt32]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
  }

  private static func pixels(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
  }

  /// Returns one stored block with a wrong checksum.
  private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    let length = [UInt8(bytes.count & 0xFF), UInt8(bytes.count >> 8)]
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + length + length.map { ~$0 } + bytes
      + [0, 0, 0, 0] + length + [0, 0]
  }
}

let files = InputFiles()

func write(_ bytes: [UInt8], to path: String) -> Bool {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard file >= 0 else { return false }
  defer { close(file) }
  return writeAll(bytes, to: file)
}
