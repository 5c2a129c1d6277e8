import JSON
import Tensors

/// Pictures of one size in a folder, with their classes by subfolder or by name.
public struct PNGFolder: Source {
  public static let type = "png"
  public static let summary =
    "A folder of PNG files of one size: bytes of shape [H, W], or [3, H, W] in colour; in natural order."

  /// Where the classes of the pictures stand.
  public enum Labels: String, Word {
    case none, folders, names
  }

  public var path = "pictures"
  public var colour = false
  public var labels: Labels?

  public init() {}

  public static let fields: [Field<PNGFolder>] = [
    Field(
      "path", \.path, "The folder: of PNG files, or of one folder of them for each class.",
      required: true),
    Field(
      "colour", \.colour,
      "Whether red, green and blue are kept, as planes, instead of grey; what is transparent is black."
    ),
    Field(
      "labels", \.labels,
      "Where the classes stand: nowhere, in the folders' names, or in the files' names before \"_\" or \"-\"; folders where there are any, if left out."
    ),
  ]

  public func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    try within("path") { () throws(Fault) in
      let pictures = try self.pictures()
      var bytes: [UInt8] = []
      let first = try PNGFile(contentsOf: pictures[0].path)
      let size = first.width * first.height * (colour ? 3 : 1)
      // Before anything is decoded: what the first picture claims for all.
      try Memory.require(Size(size) * pictures.count, for: "\(pictures.count) pictures")
      bytes.reserveCapacity(size * pictures.count)
      for picture in pictures {
        try checkpoint()
        let file = try PNGFile(contentsOf: picture.path)
        guard (file.width, file.height) == (first.width, first.height) else {
          let expected = "\(first.width)x\(first.height) pixels, as \(pictures[0].path) has"
          throw Fault(
            .badFile, "\(picture.path): expected \(expected), got \(file.width)x\(file.height)",
            expected: expected, got: "\(file.width)x\(file.height)")
        }
        try file.append(to: &bytes, inColour: colour)
      }
      let shape: Shape = [first.height, first.width]
      var rows = try Rows(.bytes(bytes), colour ? Shape([3] + shape.extents) : shape)
      let names = pictures.compactMap(\.label)
      if names.count == pictures.count { rows.label(by: names) }
      return rows
    }
  }

  private struct Picture {
    let path: String
    let label: String?
  }

  private func pictures() throws(Fault) -> [Picture] {
    let top = try FolderListing(path)
    let files = Self.pictures(top.files)
    let folders = top.folders.naturallySorted()
    guard files.isEmpty || labels != .folders else {
      throw Fault(
        .badFile, "\(path): expected a folder for each class, got the picture \(files[0])",
        hint: "put it into a folder, or give \"labels\": \"names\" or \"none\"")
    }
    if !files.isEmpty {
      guard labels != nil || folders.isEmpty else {
        throw Fault(
          .badFile, "\(path): holds pictures and folders, \(files[0]) and \(folders[0])",
          hint: "give \"labels\": \"none\" or \"names\" to take the pictures beside the folders")
      }
      return try files.map { (name) throws(Fault) in
        Picture(path: "\(path)/\(name)", label: labels == .names ? try label(in: name) : nil)
      }
    }
    var pictures: [Picture] = []
    for folder in folders {
      let place = "\(path)/\(folder)"
      for name in Self.pictures(try FolderListing(place).files) {
        let label =
          switch labels {
          case nil, .folders: folder
          case .names: try label(in: name)
          case .some(.none): String?.none
          }
        pictures.append(Picture(path: "\(place)/\(name)", label: label))
      }
    }
    guard !pictures.isEmpty else {
      throw Fault(
        .badFile, "\(path): holds no picture", expected: "files whose names end in .png",
        got: "none")
    }
    return pictures
  }

  private static func pictures(_ names: [String]) -> [String] {
    names.filter { $0.utf8.count > 4 && $0.lowercased().hasSuffix(".png") }.naturallySorted()
  }

  /// What stands before the first "_" or "-".
  private func label(in name: String) throws(Fault) -> String {
    guard let end = name.firstIndex(where: { $0 == "_" || $0 == "-" }), end > name.startIndex
    else {
      throw Fault(
        .badFile, "\(path): the name \(JSON.string(name).excerpt) says no class",
        expected: "a class before \"_\" or \"-\", as in 7_00123.png", got: name)
    }
    return String(name[..<end])
  }
}

extension Rows {
  /// Gives each row the class of its name: the integer that it is, where all are, else its number in natural order.
  mutating func label(by names: [String]) {
    let different = Array(Set(names)).naturallySorted()
    let integers = different.compactMap { Int($0) }
    let areIntegers = integers.count == different.count
    let classes = areIntegers ? integers : Array(different.indices)
    let numbers = Dictionary(zip(different, classes)) { first, _ in first }
    labels = names.map { numbers[$0] ?? 0 }
    classNames = areIntegers ? nil : different
  }
}
