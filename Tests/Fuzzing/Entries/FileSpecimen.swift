import Engine
import Files
import JSON
import SessionSupport

/// A valid file, and the calls that read all of it.
package struct FileSpecimen: Sendable {
  package enum Form: CaseIterable, Sendable {
    case safetensors, npy, idx, gzip, png, csv
  }

  package let form: Form
  package let bytes: [UInt8]
  /// The calls, with `FILE` for the path of the file and `NAME` for an unused name.
  package let calls: String

  package func requests(path: String, name: String) -> [JSON] {
    let quoted = JSON.string(path).line
    let lines = calls.replacing("FILE", with: quoted.dropFirst().dropLast())
      .replacing("NAME", with: name)
    return lines.split(separator: "\n").compactMap { try? json(String($0)) }
  }

  package init(form: Form, bytes: [UInt8], calls: String) {
    (self.form, self.bytes, self.calls) = (form, bytes, calls)
  }

  // MARK: Calls

  package static let model = "\(modelAlone)\n\(assign)"

  static let modelAlone = """
    {"method":"model.load","params":{"path":"FILE","name":"NAME"}}
    {"method":"model.sample","params":{"model":"NAME","count":2}}
    {"method":"model.encode","params":{"model":"NAME","data":"d","count":2}}
    {"method":"model.info","params":{"model":"NAME"}}
    {"method":"model.drop","params":{"model":"NAME"}}
    """

  static let assign = #"{"method":"model.assign","params":{"model":"plain","path":"FILE"}}"#

  package static let trainer = trainers.joined(separator: "\n")

  /// A load that compares the rows, and if that fails one that does not; what follows uses either.
  static let trainers = [false, true].map { isForced in
    """
    {"method":"trainer.load","params":{"path":"FILE","name":"NAME","model":"NAME","data":"d","force":\(isForced)}}
    {"method":"trainer.history","params":{"trainer":"NAME"}}
    {"method":"trainer.step","params":{"trainer":"NAME","updates":2}}
    {"method":"trainer.info","params":{"trainer":"NAME"}}
    {"method":"trainer.save","params":{"trainer":"NAME","path":"saved","best":true}}
    {"method":"trainer.drop","params":{"trainer":"NAME"}}
    {"method":"model.drop","params":{"model":"NAME"}}
    """
  }

  /// Loads rows, and queries everything about them.
  package static func data(_ source: String) -> String {
    """
    {"method":"data.load","params":{"name":"NAME","source":\(source),"transforms":[{"type":"scale","by":0.5}]}}
    {"method":"data.load","params":{"name":"NAME","source":\(source),"replace":true}}
    {"method":"data.get","params":{"data":"NAME","count":2}}
    {"method":"data.info","params":{"data":"NAME"}}
    {"method":"data.drop","params":{"data":"NAME"}}
    """
  }

  /// Loads rows and reads two of them.
  static func rows(_ source: String) -> String {
    """
    {"method":"data.load","params":{"name":"NAME","source":\(source)}}
    {"method":"data.get","params":{"data":"NAME","count":2}}
    {"method":"data.drop","params":{"data":"NAME"}}

    """
  }

  /// Uses the array as rows, and as latents.
  package static let array = "\(examples)\n\(latents)"

  static let examples = """
    {"method":"model.encode","params":{"model":"plain","input":{"path":"FILE"}}}
    {"method":"evaluate.elbo","params":{"model":"plain","input":{"path":"FILE"}}}
    {"method":"evaluate.gradient","params":{"model":"plain","input":{"path":"FILE"}}}
    """

  static let latents =
    #"{"method":"model.decode","params":{"model":"plain","latent":{"path":"FILE"}}}"#

  // MARK: Files

  /// Files in the formats that the program reads and does not write, and arrays that it could have
  /// written.
  package static let foreign: [FileSpecimen] = {
    let floats = (0..<32).flatMap { little(UInt64((Float($0) / 8).bitPattern), 4) }
    let doubles = (0..<32).flatMap { little((Double($0) / 8).bitPattern, 8) }
    let integers = (0..<8).flatMap { little(UInt64($0 % 3), 8) }
    let pixels = (0..<32).map { UInt8($0 * 7) }
    let whole = data(#"{"type":"npy","path":"FILE"}"#)
    let labels = data(#"{"type":"npy","path":"rows.npy","labels":"FILE"}"#)
    let idx = data(#"{"type":"idx","images":"FILE"}"#)
    let typed =
      #"{"type":"csv","path":"FILE","categories":{"b":[]},"label":"c","missing":"mean"}"#
    let plain = #"{"type":"csv","path":"FILE","categories":{"b":[]},"missing":"drop"}"#
    let rows = #"{"type":"safetensors","path":"FILE","tensor":"rows","labels":"classes"}"#
    let header =
      #"{"rows":{"dtype":"F32","shape":[2,16],"data_offsets":[0,128]},"#
      + #""classes":{"dtype":"I64","shape":[2],"data_offsets":[128,144]}}"#
    let images = words([0x803, 2, 4, 4]) + pixels
    return [
      FileSpecimen(form: .npy, bytes: npy("<f4", "(2, 16)", floats), calls: whole),
      FileSpecimen(form: .npy, bytes: npy("<f4", "(2, 1, 4, 4)", floats), calls: array),
      FileSpecimen(form: .npy, bytes: npy("<f8", "(2, 4, 4)", doubles), calls: whole),
      FileSpecimen(form: .npy, bytes: npy("<f8", "(2, 2)", Array(doubles[..<32])), calls: array),
      FileSpecimen(form: .npy, bytes: npy("|u1", "(2, 16)", pixels), calls: whole),
      FileSpecimen(form: .npy, bytes: npy("<i8", "(8,)", integers), calls: labels),
      FileSpecimen(form: .idx, bytes: images, calls: idx),
      FileSpecimen(
        form: .idx, bytes: words([0x801, 6]) + [0, 1, 2, 0, 1, 2],
        calls: data(#"{"type":"idx","images":"images","labels":"FILE"}"#)),
      FileSpecimen(form: .gzip, bytes: images, calls: idx),
      FileSpecimen(form: .gzip, bytes: Array(table.utf8), calls: data(typed)),
      FileSpecimen(form: .csv, bytes: Array(table.utf8), calls: data(typed)),
      FileSpecimen(form: .csv, bytes: Array(table.utf8), calls: data(plain)),
      FileSpecimen(form: .png, bytes: png, calls: data(#"{"type":"png","path":"FILE"}"#)),
      FileSpecimen(
        form: .png, bytes: png, calls: data(#"{"type":"png","path":"FILE","colour":true}"#)),
      FileSpecimen(
        form: .safetensors,
        bytes: little(UInt64(header.utf8.count), 8) + Array(header.utf8) + floats + integers[..<16],
        calls: data(rows)),
    ]
  }()

  package static let table = "a,b,c\n0.5,red,0\n-1e3,blue,1\n\"2\",\"red\",2\n,blue,1\n7,green,0\n"

  /// The files that those in `foreign` refer to.
  package static let beside: [(name: String, bytes: [UInt8])] = [
    ("rows.npy", npy("|u1", "(8, 2)", (0..<16).map { $0 })),
    ("images", words([0x803, 6, 2, 2]) + (0..<24).map { $0 }),
  ]

  package static func npy(_ type: String, _ shape: String, _ values: [UInt8]) -> [UInt8] {
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    text += String(repeating: " ", count: 117 - text.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8) + values
  }

  package static func words(_ values: [UInt32]) -> [UInt8] {
    values.flatMap { little(UInt64($0.byteSwapped), 4) }
  }

  package static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  /// 4 by 4 grey pixels, in one stored block.
  package static let png: [UInt8] = {
    var rows: [UInt8] = []
    for row in UInt8(0)..<4 { rows += [0, row, row * 50, 255 - row, 128] }
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in rows {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", words([4, 4]) + [8, 0, 0, 0, 0])
      + chunk("IDAT", [0x78, 0x01] + stored(rows) + words([b << 16 | a]))
      + chunk("IEND", [])
  }()

  package static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + bytes
    return words([UInt32(bytes.count)]) + named + words([checksum(named)])
  }

  /// Returns one stored block of deflate.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let length = little(UInt64(bytes.count), 2)
    return [1] + length + length.map { ~$0 } + bytes
  }

  package static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + stored(bytes) + little(UInt64(checksum(bytes)), 4)
      + little(UInt64(bytes.count), 4)
  }

  /// Returns the same picture with the right checksum in each chunk.
  static func withChecksums(_ picture: [UInt8]) -> [UInt8] {
    var bytes = picture
    var place = 8
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { break }
      let end = place + 8 + length
      bytes.replaceSubrange(end..<end + 4, with: words([checksum(Array(bytes[place + 4..<end]))]))
      place = end + 4
    }
    return bytes
  }

  /// Returns the number of pixels that a PNG file claims to have; 0 if it is too short to say.
  static func pixels(_ picture: [UInt8]) -> Int {
    guard picture.count >= 24 else { return 0 }
    func extent(_ place: Int) -> Int { picture[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (area, isBeyond) = extent(16).multipliedReportingOverflow(by: extent(20))
    return isBeyond ? .max : area
  }

  /// Returns a safetensors file without the hash of its state; nil if it has none.
  static func withoutHash(_ bytes: [UInt8]) -> [UInt8]? {
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let text = String(decoding: bytes[8..<(8 + length)], as: UTF8.self)
    guard let header = try? json(text), case .object(let notes)? = header["__metadata__"],
      case .object(let members) = header
    else { return nil }
    let rest = JSON.object(notes.filter { $0.name != "hash" })
    let line = JSON.object(
      members.map { $0.name == "__metadata__" ? JSON.Member($0.name, rest) : $0 }
    ).bytes
    return little(UInt64(line.count), 8) + line + bytes[(8 + length)...]
  }

  /// Returns CRC-32, as used by PNG and gzip.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
  }
}
