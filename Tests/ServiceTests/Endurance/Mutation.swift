import JSON

/// Turns recorded messages into unforeseen ones.
struct Mutation {
  var dice: Dice
  let corpus: [JSON]

  /// Returns one message, changed in its structure, in its bytes, in both, or not at all.
  mutating func line(of message: JSON) -> [UInt8] {
    var message = message
    if dice.chance(2) { for _ in 0...dice.below(2) { message = changed(message) } }
    var bytes = message.bytes
    if dice.chance(4) { for _ in 0...dice.below(3) { change(&bytes) } }
    // A line break would make two lines, and a slash could lead a path out of the test's folder.
    return bytes.filter { $0 != 0x0A }
  }

  // MARK: Structure

  mutating func changed(_ value: JSON) -> JSON {
    switch value {
    case .object(var members) where !members.isEmpty && !dice.chance(5):
      let place = dice.below(members.count)
      switch dice.below(9) {
      case 0: members.remove(at: place)
      case 1: members.append(members[place])
      case 2: members[place] = JSON.Member("x" + members[place].name, members[place].value)
      case 3: members.insert(JSON.Member("extra", anything), at: place)
      default:
        members[place] = JSON.Member(members[place].name, changed(members[place].value))
      }
      return .object(members)
    case .array(var elements) where !elements.isEmpty && !dice.chance(5):
      let place = dice.below(elements.count)
      switch dice.below(6) {
      case 0: elements.remove(at: place)
      case 1: elements.append(elements[place])
      default: elements[place] = changed(elements[place])
      }
      return .array(elements)
    case .int(let number) where dice.chance(2):
      return .int(number &+ [-1, 1, 0 &- number &* 2][dice.below(3)])
    case .string(let text) where dice.chance(2): return .string(String(text.dropLast()))
    default: return anything
    }
  }

  private var anything: JSON {
    mutating get {
      let all: [JSON] = [
        .null, true, false, 0, -1, 1, 2, 3, 7, .int(.max), .int(.min), .int(1 << 53), .int(1 << 31),
        .real(0.5), .real(-0.0), .real(1e300), .real(-1e-300), .real(2.5), .real(1e15), "", "x",
        "NaN", "Infinity", "-Infinity", "1", "\u{0}", "é\u{1F600}", "base64", "b", "run",
        .string(String(repeating: "y", count: 1000)), [], [[]], [0, 1], [1, [2]], [.null], [:],
        ["type": "dense"], ["type": "tanh"], ["type": "strokes"], ["type": "elbo"], ["x": 1],
        ["shape": [2, 2], "values": [1, 2, 3, 4]], ["shape": [-1], "values": []],
        ["shape": [.int(1 << 40), .int(1 << 40)], "dtype": "float32", "base64": ""],
        ["shape": [1], "dtype": "float32", "base64": "AAAAAA=="], [0, 0, 0, 0, 0, 0, 0, 0],
      ]
      // With probability one third, a part of another message.
      if dice.chance(3), let part = part(of: corpus[dice.below(corpus.count)]) { return part }
      return all[dice.below(all.count)]
    }
  }

  private mutating func part(of value: JSON) -> JSON? {
    switch value {
    case .object(let members) where !members.isEmpty && !dice.chance(4):
      part(of: members[dice.below(members.count)].value)
    case .array(let elements) where !elements.isEmpty && !dice.chance(4):
      part(of: elements[dice.below(elements.count)])
    default: value
    }
  }

  // MARK: Bytes

  private mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = dice.below(bytes.count)
    let end = min(bytes.count, place + 1 + dice.below(12))
    switch dice.below(8) {
    case 0: bytes[place] ^= 1 << UInt8(dice.below(8))
    case 1: bytes.remove(at: place)
    case 2: bytes.insert(Self.letters[dice.below(Self.letters.count)], at: place)
    case 3: bytes[place] = Self.letters[dice.below(Self.letters.count)]
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 5: bytes.removeSubrange(place..<end)
    case 6: bytes.removeSubrange(place...)
    default: bytes.insert(UInt8(dice.below(256)), at: place)
    }
    if bytes.contains(0x2F) { bytes = bytes.map { $0 == 0x2F ? 0x7E : $0 } }
  }

  private static let letters = Array("{}[]:,\"\\0123456789-+.eE \t\runtfa".utf8)
}
