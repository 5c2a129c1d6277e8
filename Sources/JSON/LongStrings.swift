/// The long plain strings of a text, which are removed before jansson parses it and put back into
/// the values.
///
/// jansson reads a string byte by byte, at 40 MB/s. A string of plain ASCII without escapes
/// represents itself, so that a short string in its place is valid, or wrong, exactly if the long
/// one is.
struct LongStrings {
  /// One string: its index among the text's strings, names of members included, and the position of
  /// its characters.
  struct Match {
    let number: Int
    let range: Range<Int>
  }

  let text: UnsafeRawBufferPointer
  private let places: [Match]
  private var next = 0
  private var nextPlace = 0

  /// The length from which the replacement is faster.
  static let least = 1 << 12
  /// At least the length of a token that jansson's messages leave out.
  private static let substitute = [UInt8](repeating: 0x2D, count: 64)

  init(_ text: UnsafeRawBufferPointer, _ places: [Match]) {
    self.text = text
    self.places = places
  }

  var isEmpty: Bool { places.isEmpty }

  /// The text with short strings in place of the long ones.
  var shortened: [UInt8] {
    let long = places.reduce(0) { $0 + $1.range.count }
    var out: [UInt8] = []
    out.reserveCapacity(text.count - long + places.count * Self.substitute.count)
    var begin = 0
    for place in places {
      out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[begin..<place.range.lowerBound]))
      out.append(contentsOf: Self.substitute)
      begin = place.range.upperBound
    }
    out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[begin...]))
    return out
  }

  /// Returns the position in the text for a position in the shortened text.
  func position(_ short: Int) -> Int {
    var position = short
    for place in places where position >= place.range.lowerBound + Self.substitute.count {
      position += place.range.count - Self.substitute.count
    }
    return position
  }

  /// Skips the name of a member.
  mutating func passName() { next += 1 }

  /// Skips a string, and returns it if it is a long one. Strings come in the order of the text,
  /// since objects keep theirs.
  mutating func takeString() -> String? {
    defer { next += 1 }
    guard nextPlace < places.count, places[nextPlace].number == next else { return nil }
    let characters = UnsafeRawBufferPointer(rebasing: text[places[nextPlace].range])
    nextPlace += 1
    return String(decoding: characters, as: UTF8.self)
  }
}
