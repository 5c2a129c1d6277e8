import FuzzEntries
import JSON
import SessionSupport

@testable import Service

/// Turns valid files into others by changing their bytes, and by changing their contents.
struct FileMutation {
  private var dice: Dice
  private var texts: Mutation
  private var numbers: HostileNumbers

  init(_ seed: UInt64, corpus: [JSON]) {
    dice = Dice(seed)
    texts = Mutation(dice: dice, corpus: corpus)
    numbers = HostileNumbers(dice: dice)
  }

  mutating func changed(_ specimen: FileSpecimen) -> [UInt8] {
    var bytes = specimen.bytes
    let isStructured = !dice.chance(3)
    if isStructured {
      bytes =
        switch specimen.form {
        case .safetensors: safetensors(bytes) ?? bytes
        case .npy: npy(bytes)
        case .idx: idx(bytes)
        case .gzip: dice.chance(2) ? idx(bytes) : csv(bytes)
        case .png: png(bytes)
        case .csv: csv(bytes)
        }
    }
    if specimen.form == .gzip { bytes = FileSpecimen.gzip(bytes) }
    if !isStructured || dice.chance(8) { for _ in 0...dice.below(3) { change(&bytes) } }
    return bytes
  }

  // MARK: Bytes

  private mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    // Headers contain the sizes.
    let place = dice.below(dice.chance(2) ? min(64, bytes.count) : bytes.count)
    let end = min(bytes.count, place + 1 + dice.below(24))
    switch dice.below(8) {
    case 0: bytes[place] ^= 1 << UInt8(dice.below(8))
    case 1: bytes[place] = UInt8(dice.below(256))
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.removeSubrange(place...)
    case 5: bytes += [UInt8](repeating: UInt8(dice.below(256)), count: 1 + dice.below(300))
    default: put(&bytes, at: place, width: [1, 2, 4, 8][dice.below(4)])
    }
  }

  private mutating func put(_ bytes: inout [UInt8], at place: Int, width: Int) {
    let number = FileSpecimen.little(hostile, width)
    for (offset, byte) in (dice.chance(2) ? number : number.reversed()).enumerated()
    where place + offset < bytes.count {
      bytes[place + offset] = byte
    }
  }

  private var hostile: UInt64 {
    mutating get {
      let power = UInt64(1) << UInt64(dice.below(64))
      return [0, 1, power, power - 1, power + 1, .max, 0 &- power][dice.below(7)]
    }
  }

  // MARK: Contents

  /// Changes the header, one text of the metadata, or one number; lengths and offsets stay right.
  private mutating func safetensors(_ bytes: [UInt8]) -> [UInt8]? {
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard let whole = try? json(String(decoding: bytes[8..<(8 + length)], as: UTF8.self)) else {
      return nil
    }
    // With its hash, a file is refused before its numbers are looked at.
    let header = dice.chance(10) ? whole : whole.withoutHash
    var data = Array(bytes[(8 + length)...])
    if dice.chance(5), data.count >= 4 {
      let number = Self.floats[dice.below(Self.floats.count)]
      let place = 4 * dice.below(data.count / 4)
      data.replaceSubrange(
        place..<(place + 4), with: FileSpecimen.little(UInt64(number.bitPattern), 4))
      let line = header.bytes
      return FileSpecimen.little(UInt64(line.count), 8) + line + data
    }
    var text = header
    if let notes = header["__metadata__"], !dice.chance(4) {
      text = header.with("__metadata__", noted(notes))
    } else {
      text = part(header)
    }
    let line = text.bytes
    return FileSpecimen.little(UInt64(line.count), 8) + line + data
  }

  /// Changes one of the texts, which are JSON themselves.
  private mutating func noted(_ notes: JSON) -> JSON {
    guard case .object(let members) = notes, !members.isEmpty, !dice.chance(20) else {
      return texts.changed(notes)
    }
    // The first is the name of the format.
    let place = dice.chance(20) ? 0 : members.count - 1
    guard case .string(let text) = members[place].value, let value = try? json(text) else {
      return texts.changed(notes)
    }
    return notes.with(members[place].name, .string(part(value).line))
  }

  private mutating func part(_ value: JSON) -> JSON {
    dice.chance(2) ? texts.changed(value) : numbers.planted(inPart: value)
  }

  private static let floats: [Float] = [
    .nan, .signalingNaN, .infinity, -.infinity, 0, -0.0, -1, .greatestFiniteMagnitude,
    -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e30, 1e-30, 1e10,
  ]

  /// Changes a number of the header, or its type; the length is corrected, and the values change.
  private mutating func npy(_ bytes: [UInt8]) -> [UInt8] {
    var text = String(decoding: bytes[10..<128], as: UTF8.self)
    var values = Array(bytes[128...])
    switch dice.below(4) {
    case 0:
      let types = ["<f4", "<f8", "|u1", "<i8", ">f4", "<f2", "<i4", "|b1", "<c8", "|O", ""]
      text = text.replacing(/'[<|]..'/, with: "'\(types[dice.below(types.count)])'")
    case 1:
      for _ in 0...dice.below(4) where !values.isEmpty {
        put(&values, at: dice.below(values.count) & ~7, width: [4, 8][dice.below(2)])
      }
    case 2:
      let extents = (0..<dice.below(5)).map { _ in number }
      text = text.replacing(/\(.*\)/, with: "(\(extents.joined(separator: ", ")),)")
    default: text = token(text, at: /\d+/)
    }
    let length = FileSpecimen.little(UInt64(text.utf8.count), 2)
    return Array(bytes[..<8]) + length + Array(text.utf8) + values
  }

  /// Changes an extent, or the number of extents.
  private mutating func idx(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    if dice.chance(4) { bytes[2 + dice.below(2)] = UInt8(dice.below(256)) }
    for _ in 0...dice.below(3) {
      let place = 4 + 4 * dice.below(3)
      let extent = FileSpecimen.words([UInt32(truncatingIfNeeded: hostile)])
      if place + 4 <= bytes.count { bytes.replaceSubrange(place..<(place + 4), with: extent) }
    }
    return bytes
  }

  /// Changes a field of the picture's header, or another chunk, with a correct checksum.
  private mutating func png(_ bytes: [UInt8]) -> [UInt8] {
    var header = Array(bytes[16..<29])
    switch dice.below(4) {
    case 0: put(&header, at: 4 * dice.below(2), width: 4)
    case 1: header[8 + dice.below(5)] = UInt8(dice.below(20))
    case 2:
      header[8] = [1, 2, 4, 8, 16][dice.below(5)]
      header[9] = [0, 2, 3, 4, 6][dice.below(5)]
    default: break
    }
    var body = Array(bytes[33...])
    if dice.chance(2) {
      let names = ["PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "tEXt", "zTXt", "IDAT", "IEND"]
      let content = (0..<dice.below(50)).map { _ in UInt8(dice.below(256)) }
      body = FileSpecimen.chunk(names[dice.below(names.count)], content) + body
    } else if dice.chance(2) {
      change(&body)
    }
    return Array(bytes[..<8]) + FileSpecimen.chunk("IHDR", header) + body
  }

  /// Changes a field of the table, or a delimiter.
  private mutating func csv(_ bytes: [UInt8]) -> [UInt8] {
    let text = String(decoding: bytes, as: UTF8.self)
    let changed =
      dice.chance(3) ? token(text, at: /[,\n"]/) : token(text, at: /[^,\n"]+/)
    return Array(changed.utf8)
  }

  /// Returns the same text with another token at one of the matches.
  private mutating func token(_ text: String, at pattern: Regex<Substring>) -> String {
    let places = text.ranges(of: pattern)
    guard !places.isEmpty else { return text }
    var text = text
    text.replaceSubrange(places[dice.below(places.count)], with: number)
    return text
  }

  private var number: String {
    mutating get {
      let tokens = [
        "", "0", "-1", "1", "2", "1e999", "-1e-400", "nan", "inf", "-inf", "NaN", "\"", ",", "\n",
        "\r", "\r\n", "\u{0}", "é\u{1F600}", "0x10", "1_000", "+5", " 7 ", "1e", ".", "99999999999",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "16777217", "4096",
        "18446744073709551616", String(repeating: "9", count: 400), "\u{FEFF}",
      ]
      return dice.chance(3) ? "\(hostile)" : tokens[dice.below(tokens.count)]
    }
  }
}

extension JSON {
  /// The header of a safetensors file without the hash of its state.
  fileprivate var withoutHash: JSON {
    guard case .object(let notes)? = self["__metadata__"] else { return self }
    return with("__metadata__", .object(notes.filter { $0.name != "hash" }))
  }

  /// Returns the same object with this member.
  func with(_ name: String, _ value: JSON) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.map { $0.name == name ? Member(name, value) : $0 })
  }
}
