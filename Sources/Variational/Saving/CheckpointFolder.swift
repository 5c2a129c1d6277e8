import Files
import JSON
import Tensors

/// The checkpoints of one run in a folder.
///
/// `update-000000001000.safetensors` is the state after 1000 updates, of which the newest are kept;
/// `best-000000000700.safetensors` that of the best validation. `history.f32` holds reconstruction,
/// divergence and objective of every update as little-endian float32, and only grows: each
/// checkpoint names the number of its updates and their SHA-256. So a checkpoint of a long run
/// writes what is new.
package struct CheckpointFolder: Sendable {
  package let path: String
  private let file: AppendedFile
  private var digest = HistoryDigest()
  /// The numbers of updates of the files, ascending.
  private var updates: [Int]
  private var best: [Int]

  /// A checkpoint that was written.
  package struct Written: Sendable, Equatable {
    package let update: Int
    package let path: String
  }

  /// Opens the folder for a run that has made the updates of `history`, and makes it if there is
  /// none. Throws `wrongState` if it holds checkpoints that are not of this run, or later ones than
  /// this; with `replacing` these are removed. Throws `io`, `denied` and `noSpace`.
  package init(
    _ path: String, continuing history: History, replacing: Bool
  ) throws(Fault) {
    try File.makeFolder(path)
    try File.removeTemporaries(in: path)
    let file = try AppendedFile(Self.history(in: path))
    var (updates, best) = (try Self.updates(.newest, in: path), try Self.updates(.best, in: path))
    let held = try file.size() / HistoryNote.width
    let common = min(held, history.count)
    let isOfThisRun = try Self.isSame(common, history, path)
    let isEmpty = updates.isEmpty && best.isEmpty && held == 0
    let later = updates.last.map { $0 > history.count } ?? false
    // Every run begins with no update, so nothing shows that the folder is this run's.
    if !isEmpty, !isOfThisRun || later || history.count == 0 {
      guard replacing else {
        let what =
          isOfThisRun && history.count > 0
          ? "checkpoints of later updates, up to \(updates.last ?? held)"
          : "the checkpoints of another run"
        throw Fault(
          .wrongState, "\(path) holds \(what)",
          expected: "an empty folder, or that of this run", got: what,
          hint:
            "go on from them with trainer.load, choose another folder, or give \"replace\": true")
      }
      let most = isOfThisRun ? history.count : 0
      try Self.remove(.newest, &updates, in: path) { $0 > most }
      try Self.remove(.best, &best, in: path) { $0 > most }
    }
    // Properties are set last: a struct whose initializer throws may keep the lock of its file.
    (self.path, self.file, self.updates, self.best) = (path, file, updates, best)
    if isOfThisRun { digest.update(history.triples(0..<common)) }
  }

  /// The number of updates in the history file.
  package var count: Int { digest.count }

  /// Writes a state as the newest checkpoint, as the best one, or both; then removes the oldest
  /// ones but `keep`. If it fails, all earlier files are as they were.
  ///
  /// If the run went back since the last checkpoint, only the updates up to `common` are those in
  /// the folder, and the image has all updates. Throws `notFinite`, `io`, `denied` and `noSpace`.
  package mutating func write(
    _ image: TrainerImage, asNewest: Bool, asBest: Bool, keep: Int, common: Int? = nil
  ) throws(Fault) -> Written {
    try image.requireFinite()
    if let common { return try restart(image, common: common) }
    let known = digest.count - image.first
    guard known >= 0, image.first + image.triples.count / 3 == image.update,
      digest.count <= image.update
    else {
      throw Fault(
        .wrongState, "\(path) has \(digest.count) updates, which are not those before these",
        expected: "updates from \(digest.count) on", got: "updates from \(image.first) on")
    }
    try append(Array(image.triples.dropFirst(3 * known)))
    var note = HistoryNote()
    (note.updates, note.sha256) = (digest.count, digest.hex)
    let file = try image.file(beside: note)
    if asBest { try save(file, image.update, .best, &best, keep: 1) }
    if asNewest { try save(file, image.update, .newest, &updates, keep: keep) }
    return Written(
      update: image.update, path: Self.name(image.update, asNewest ? .newest : .best, in: path))
  }

  /// Writes a state that has other updates after `common` than the folder.
  ///
  /// Its file has all updates, so that it is whole before and after the history file is changed;
  /// the checkpoints that need the former updates are removed in between.
  private mutating func restart(_ image: TrainerImage, common: Int) throws(Fault) -> Written {
    let place = Self.name(image.update, .newest, in: path)
    try image.wholeFile().write(to: place)
    try Self.remove(.newest, &updates, in: path) { $0 > common && $0 != image.update }
    try Self.remove(.best, &best, in: path) { $0 > common }
    updates.removeAll { $0 >= image.update }
    updates.append(image.update)
    let known = min(common, digest.count, image.update)
    digest = HistoryDigest()
    digest.update(Array(image.triples.prefix(3 * known)))
    try append(Array(image.triples.dropFirst(3 * known)))
    return Written(update: image.update, path: place)
  }

  /// Appends updates to the history file; the digest only advances once they are there.
  private mutating func append(_ triples: [Float]) throws(Fault) {
    var longer = digest
    longer.update(triples)
    var failure: Fault?
    triples.withUnsafeBytes { bytes in
      do throws(Fault) {
        try file.write(bytes, at: HistoryNote.width * digest.count)
      } catch { failure = error }
    }
    if let failure { throw failure }
    digest = longer
  }

  private func save(
    _ file: SafeTensors, _ update: Int, _ kind: Kind, _ list: inout [Int], keep: Int
  ) throws(Fault) {
    try file.write(to: Self.name(update, kind, in: path))
    list.removeAll { $0 >= update }
    list.append(update)
    let first = list[max(0, list.count - keep)]
    try Self.remove(kind, &list, in: path) { $0 < first }
  }

  private static func remove(
    _ kind: Kind, _ list: inout [Int], in folder: String, where isMeant: (Int) -> Bool
  ) throws(Fault) {
    for update in list where isMeant(update) { try File.remove(name(update, kind, in: folder)) }
    list.removeAll(where: isMeant)
  }

  /// Removes the checkpoints and the history of a run that no trainer writes any more, and the
  /// folder unless something else is in it. Throws `io` and `denied`.
  package static func remove(_ path: String) throws(Fault) {
    guard File.isFolder(path) else { return }
    try File.removeTemporaries(in: path)
    for kind in [Kind.newest, .best] {
      var all = try updates(kind, in: path)
      try remove(kind, &all, in: path) { _ in true }
    }
    try File.remove(history(in: path))
    try File.removeFolder(path)
  }

  /// Returns whether the first `count` updates in the folder are those of `history`.
  private static func isSame(
    _ count: Int, _ history: History, _ path: String
  ) throws(Fault) -> Bool {
    let file = try OpenFile(Self.history(in: path))
    // In pieces, because a history may be long.
    for first in stride(from: 0, to: count, by: 1 << 16) {
      let range = first..<min(first + (1 << 16), count)
      let bytes = try file.bytes(
        at: HistoryNote.width * first, count: HistoryNote.width * range.count)
      let own = history.triples(range).withUnsafeBytes { Array($0) }
      guard bytes == own else { return false }
    }
    return true
  }

  // MARK: Names

  private enum Kind: String {
    case newest = "update-"
    case best = "best-"
  }

  static func history(in folder: String) -> String { folder + "/history.f32" }

  private static func name(_ update: Int, _ kind: Kind, in folder: String) -> String {
    let digits = String(update)
    let zeros = String(repeating: "0", count: max(0, 12 - digits.count))
    return "\(folder)/\(kind.rawValue)\(zeros)\(digits).safetensors"
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Returns the numbers of updates of the checkpoints in a folder, ascending.
  private static func updates(_ kind: Kind, in folder: String) throws(Fault) -> [Int] {
    try FolderListing(folder).files.compactMap { name -> Int? in
      let digits = name.dropFirst(kind.rawValue.count).prefix { $0.isNumber }
      guard let update = Int(digits), "\(folder)/\(name)" == self.name(update, kind, in: folder)
      else { return nil }
      return update
    }.sorted()
  }

  /// Returns the checkpoint before the newest one of a folder, if there is one.
  package static func earlier(in path: String) -> String? {
    let updates = (try? updates(.newest, in: path)) ?? []
    return updates.dropLast().last.map { name($0, .newest, in: path) }
  }

  /// Returns the newest checkpoint if `path` is a folder, or the best if there is no other; else
  /// `path`. Throws `io` if the folder
  /// has no checkpoint.
  package static func newest(_ path: String) throws(Fault) -> String {
    guard File.isFolder(path) else { return path }
    if let update = try updates(.newest, in: path).last { return name(update, .newest, in: path) }
    guard let update = try updates(.best, in: path).last else {
      throw Fault(
        .io, "\(path) is a folder without checkpoints",
        expected: "a file, or a folder with files update-….safetensors", got: "a folder")
    }
    return name(update, .best, in: path)
  }
}
