/// Long plain strings of a text: taken out before jansson sees it, and put back into the values.
///
/// jansson reads a string byte by byte, at 40 MB/s. What is plain ASCII without an escape stands
/// for itself, so that a short string in its place is as valid, or as wrong, as the long one.
struct LongStrings {
  /// One string: which of the text's strings it is, names of members included, and where its
  /// characters stand.
  struct Place {
    let number: Int
    let range: Range<Int>
  }

  let text: UnsafeRawBufferPointer
  private let places: [Place]
  private var next = 0
  private var nextPlace = 0

  /// Shorter ones are not worth the trouble.
  static let least = 1 << 12
  /// As long as a token has to be for jansson's messages to leave it out, and longer.
  private static let substitute = [UInt8](repeating: 0x2D, count: 64)

  init(_ text: UnsafeRawBufferPointer, _ places: [Place]) {
    self.text = text
    self.places = places
  }

  var isEmpty: Bool { places.isEmpty }

  /// The text with short strings in the place of the long ones.
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

  /// Where in the text a position of the shortened one is.
  func position(_ short: Int) -> Int {
    var position = short
    for place in places where position >= place.range.lowerBound + Self.substitute.count {
      position += place.range.count - Self.substitute.count
    }
    return position
  }

  /// Passes the name of a member.
  mutating func passName() { next += 1 }

  /// Passes a string, and answers it where it is a long one. Strings come in the order of the text,
  /// since objects keep theirs.
  mutating func takeString() -> String? {
    defer { next += 1 }
    guard nextPlace < places.count, places[nextPlace].number == next else { return nil }
    let characters = UnsafeRawBufferPointer(rebasing: text[places[nextPlace].range])
    nextPlace += 1
    return String(decoding: characters, as: UTF8.self)
  }
}
