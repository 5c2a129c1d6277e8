import Declarations
import Files
import JSON
import Tensors

/// The pictures of a folder, and how they become rows.
struct PictureFolder {
  let path: String
  /// The endings of the names that are read, in lower case.
  let endings: [String]
  let options: PictureOptions

  /// Returns the rows. Throws `badFile`, `io`, `denied` and `memory`.
  func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    try within("path") { () throws(Fault) in
      var notes = PictureNotes()
      let pictures = try self.pictures(&notes)
      let first = try PictureFile(contentsOf: pictures[0].path)
      notes.bits = first.bits
      notes.background = options.background
      let count = pictures.count * first.width * first.height * (options.colour ? 3 : 1)
      // The memory of all pictures by the size of the first one, before any is decoded.
      try Memory.require(
        Size(first.width) * first.height * (options.colour ? 3 : 1) * pictures.count
          * (first.bits == 8 ? 1 : 4), for: "\(pictures.count) pictures")
      var (bytes, floats) = ([UInt8](), [Float]())
      if first.bits == 8 { bytes.reserveCapacity(count) } else { floats.reserveCapacity(count) }
      for picture in pictures {
        try checkpoint()
        let file = try PictureFile(contentsOf: picture.path)
        try Self.check(file, picture.path, isLike: first, pictures[0].path)
        if first.bits == 8 {
          let samples = try file.bytes(inColour: options.colour, over: options.background)
          bytes += samples.values
          if samples.isTransparent { notes.transparent += 1 }
        } else {
          let samples = try file.words(inColour: options.colour, over: options.background)
          floats += samples.values.lazy.map { Float($0) }
          if samples.isTransparent { notes.transparent += 1 }
        }
      }
      let shape: Shape = [first.height, first.width]
      var rows = try Rows(
        first.bits == 8 ? .bytes(bytes) : .floats(floats),
        options.colour ? Shape([3] + shape.extents) : shape)
      rows.pictures = notes
      if first.bits == 16 { rows.white = Float(UInt16.max) }
      let names = pictures.compactMap(\.label)
      if names.count == pictures.count { rows.label(by: names) }
      return rows
    }
  }

  private static func check(
    _ file: PictureFile, _ path: String, isLike first: PictureFile, _ firstPath: String
  ) throws(Fault) {
    guard (file.width, file.height) == (first.width, first.height) else {
      let expected = "\(first.width)x\(first.height) pixels, as \(firstPath) has"
      throw Fault(
        .badFile, "\(path): expected \(expected), got \(file.width)x\(file.height)",
        expected: expected, got: "\(file.width)x\(file.height)")
    }
    guard file.bits == first.bits else {
      let expected = "\(first.bits) bits a sample, as \(firstPath) has"
      throw Fault(
        .badFile, "\(path): expected \(expected), got \(file.bits)", expected: expected,
        got: "\(file.bits)", hint: "white is 255 with 8 bits and 65535 with 16")
    }
  }

  private struct Picture {
    let path: String
    let label: String?
  }

  /// Returns the pictures in order; `notes` counts the other files.
  private func pictures(_ notes: inout PictureNotes) throws(Fault) -> [Picture] {
    let top = try FolderListing(path)
    let files = wanted(among: top.files)
    let folders = top.folders.naturallySorted()
    notes.skip(top, besides: files, withFolders: !files.isEmpty)
    guard files.isEmpty || options.labels != .folders else {
      throw Fault(
        .badFile, "\(path): expected a folder for each class, got the picture \(files[0])",
        hint: "put it into a folder, or give \"labels\": \"names\" or \"none\"")
    }
    if !files.isEmpty {
      guard options.labels != nil || folders.isEmpty else {
        throw Fault(
          .badFile, "\(path): holds pictures and folders, \(files[0]) and \(folders[0])",
          hint: "give \"labels\": \"none\" or \"names\" to take the pictures beside the folders")
      }
      return try files.map { (name) throws(Fault) in
        Picture(
          path: "\(path)/\(name)", label: options.labels == .names ? try label(in: name) : nil)
      }
    }
    var pictures: [Picture] = []
    for folder in folders {
      let place = "\(path)/\(folder)"
      let listing = try FolderListing(place)
      let files = wanted(among: listing.files)
      notes.skip(listing, besides: files, withFolders: true)
      for name in files {
        let label =
          switch options.labels {
          case nil, .folders: folder
          case .names: try label(in: name)
          case .some(.none): String?.none
          }
        pictures.append(Picture(path: "\(place)/\(name)", label: label))
      }
    }
    guard !pictures.isEmpty else {
      let others = notes.skipped.members.map { "\($0.value) \($0.name)" }
      throw Fault(
        .badFile, "\(path): holds no picture",
        expected: "files whose names end in \(endings.joined(separator: ", "))",
        got: others.isEmpty ? "none" : others.joined(separator: ", "),
        hint: others.isEmpty ? nil : wayOut(notes))
    }
    return pictures
  }

  private func wanted(among names: [String]) -> [String] {
    names.filter { name in
      let small = name.lowercased()
      return endings.contains { small.hasSuffix($0) && small.utf8.count > $0.utf8.count }
    }
    .naturallySorted()
  }

  /// Returns a hint for a folder in which only other files were found.
  private func wayOut(_ notes: PictureNotes) -> String {
    let isJPEG = notes.skipped.members.contains { [".jpg", ".jpeg"].contains($0.name) }
    return isJPEG
      ? "\"type\": \"pictures\" reads JPEG files as well"
      : "convert the other files to PNG"
  }

  /// Returns the part before the first "_" or "-".
  private func label(in name: String) throws(Fault) -> String {
    guard let end = name.firstIndex(where: { $0 == "_" || $0 == "-" }), end > name.startIndex
    else {
      throw Fault(
        .badFile, "\(path): the name \(JSON.string(name).excerpt) gives no class",
        expected: "a class before \"_\" or \"-\", as in 7_00123.png", got: name)
    }
    return String(name[..<end])
  }
}
