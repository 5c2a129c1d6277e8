import Files

/// What a camera notes in a JPEG file (JEITA CP-3451).
enum EXIF {
  /// Returns the orientation, from 1 (as it is) to 8; 1 if the file does not say.
  static func orientation(of file: [UInt8]) -> Int {
    var place = 2
    while place + 4 <= file.count, file[place] == 0xFF, !(0xD9...0xDA).contains(file[place + 1]) {
      let length = number(file, place + 2, 2, isBigEndian: true)
      let end = place + 2 + length
      guard length >= 2, end <= file.count else { break }
      if file[place + 1] == 0xE1, file[(place + 4)..<end].starts(with: Array("Exif\0\0".utf8)) {
        return orientation(in: Array(file[(place + 10)..<end]))
      }
      place = end
    }
    return 1
  }

  /// Reads the first directory of a TIFF file.
  private static func orientation(in tiff: [UInt8]) -> Int {
    guard tiff.count >= 8 else { return 1 }
    let isBigEndian = tiff[0] == UInt8(ascii: "M")
    let start = number(tiff, 4, 4, isBigEndian: isBigEndian)
    guard start <= tiff.count - 2 else { return 1 }
    for entry in 0..<number(tiff, start, 2, isBigEndian: isBigEndian) {
      let place = start + 2 + 12 * entry
      guard place + 12 <= tiff.count else { break }
      if number(tiff, place, 2, isBigEndian: isBigEndian) == 0x0112 {
        let value = number(tiff, place + 8, 2, isBigEndian: isBigEndian)
        return (1...8).contains(value) ? value : 1
      }
    }
    return 1
  }

  private static func number(
    _ bytes: [UInt8], _ place: Int, _ width: Int, isBigEndian: Bool
  ) -> Int {
    let part = bytes[place..<place + width]
    let ordered = isBigEndian ? Array(part) : part.reversed()
    return ordered.reduce(0) { $0 << 8 | Int($1) }
  }
}
