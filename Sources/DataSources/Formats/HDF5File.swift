import CHDF5
import Files
import Glibc
import JSON
import Tensors

/// An HDF5 file, which libhdf5 reads in a process of its own (`CHDF5`).
///
/// What the process answers is copied and then checked like the contents of a file: one that a
/// damaged file has taken over can answer wrongly, but do nothing else.
final class HDF5File {
  let path: String
  let file: OpenFile
  private let checkpoint: () throws(Fault) -> Void
  private var reader = elbo_hdf5_reader()
  private var isRunning = false

  /// Whether libhdf5 is on this machine.
  static let isReadable = elbo_hdf5_load() == 0
  /// The memory that the process has before any is lent to it.
  private static let memory = 64 << 20
  /// Processor time after which an answer is no longer waited for.
  private static let mostNanoseconds: Int64 = 10_000_000_000

  /// Throws `missingProgram`, `io`, `denied`, `badFile` and `memory`.
  init(_ path: String, _ checkpoint: @escaping () throws(Fault) -> Void) throws(Fault) {
    guard Self.isReadable else {
      throw Fault(
        .missingProgram, "\(path): libhdf5 is not installed, and no HDF5 file is read without it",
        hint: "install Debian's libhdf5-103-1 (libhdf5-310 from Debian 13 on)")
    }
    self.path = path
    self.checkpoint = checkpoint
    file = try OpenFile(path)
    try checkSignature()
    try Memory.require(Self.memory / 2, for: path)
    let code = file.withDescriptor { elbo_hdf5_start($0, Self.memory, &reader) }
    guard code == 0 else { throw File.fault(code, path) }
    isRunning = true
    try wait()
    guard reader.words[0] == ELBO_HDF5_DONE else {
      throw Fault(
        .badFile, "\(path): is damaged or cut short: \(message)",
        hint: "copy it again, or look at it with h5dump")
    }
  }

  deinit { stop() }

  /// What is at a path in the file.
  enum Object {
    case nothing
    case group
    /// Neither a group nor a dataset: a type, for instance.
    case other
    case dataset(HDF5Dataset)
  }

  /// Returns what is at a path, or the member `member` of the records there.
  func look(_ path: String, member: String = "") throws(Fault) -> Object {
    let answer = try ask(ELBO_HDF5_LOOK, path, member)
    return switch answer.character(ELBO_HDF5_KIND) {
    case nil: .nothing
    case "g": .group
    case "d": .dataset(HDF5Dataset(self, path, member, answer))
    default: .other
    }
  }

  /// Returns what is at a path, whose last part may be a member of records.
  func find(_ path: String) throws(Fault) -> Object {
    let found = try look(path)
    guard case .nothing = found, let slash = path.lastIndex(of: "/") else { return found }
    return try look(String(path[..<slash]), member: String(path[path.index(after: slash)...]))
  }

  /// Returns the names in a group, or of the members of records: at most 64.
  func names(in path: String) throws(Fault) -> [String] {
    texts(try ask(ELBO_HDF5_LIST, path)[ELBO_HDF5_SIZE])
  }

  /// Returns the text of the first of these attributes that is there and is one.
  func text(of attributes: String..., at path: String) throws(Fault) -> String? {
    for attribute in attributes {
      let answer = try ask(ELBO_HDF5_ATTRIBUTE, path, attribute)
      guard answer.character(ELBO_HDF5_KIND) == "s" else { continue }
      return texts(answer[ELBO_HDF5_SIZE]).first
    }
    return nil
  }

  /// Returns the integers of the first of these attributes that is there and has some.
  func integers(of attributes: String..., at path: String) throws(Fault) -> [Int]? {
    for attribute in attributes {
      let answer = try ask(ELBO_HDF5_ATTRIBUTE, path, attribute)
      guard answer.character(ELBO_HDF5_KIND) == "i" else { continue }
      let count = max(0, min(answer[ELBO_HDF5_SIZE], 64))
      return Array(answer.words[ELBO_HDF5_INTEGERS..<ELBO_HDF5_INTEGERS + count])
    }
    return nil
  }

  /// Whether there is an attribute.
  func has(_ attribute: String, at path: String) throws(Fault) -> Bool {
    try ask(ELBO_HDF5_ATTRIBUTE, path, attribute).character(ELBO_HDF5_KIND) != nil
  }

  /// Lends the process memory, which is required first.
  func lend(_ size: Size) throws(Fault) {
    let bytes = try size.value(for: path)
    try Memory.require(bytes, for: path)
    let code = elbo_hdf5_lend(&reader, bytes)
    guard code == 0 else { throw File.fault(code, path) }
  }

  /// Returns the bytes of a part of a dataset.
  func bytes(
    of dataset: HDF5Dataset, start: [Int], count: [Int], cache: Int
  ) throws(Fault) -> [UInt8] {
    let answer = try read(dataset, start, count, cache)
    let size = max(0, min(answer[ELBO_HDF5_SIZE], Int(ELBO_HDF5_ROOM)))
    return Array(UnsafeBufferPointer(start: reader.room, count: size))
  }

  /// Returns the texts of a part of a dataset, as many as the process returns at a time.
  func texts(of dataset: HDF5Dataset, start: [Int], count: [Int]) throws(Fault) -> [String] {
    texts(try read(dataset, start, count, 0)[ELBO_HDF5_SIZE])
  }

  private func read(
    _ dataset: HDF5Dataset, _ start: [Int], _ count: [Int], _ cache: Int
  ) throws(Fault) -> Answer {
    try ask(ELBO_HDF5_READ, dataset.path, dataset.member) { words in
      words[ELBO_HDF5_CACHE] = Int64(cache)
      for (axis, (start, count)) in zip(start, count).enumerated() {
        words[ELBO_HDF5_START + axis] = Int64(start)
        words[ELBO_HDF5_COUNT + axis] = Int64(count)
      }
    }
  }

  /// A copy of an answer's words.
  struct Answer {
    let words: [Int]

    subscript(word: Int) -> Int { words[word] }
    func character(_ word: Int) -> Character? {
      UInt8(exactly: words[word]).flatMap { $0 == 0 ? nil : Character(Unicode.Scalar($0)) }
    }
  }

  private func ask(
    _ question: Int, _ place: String, _ name: String = "",
    _ prepare: (UnsafeMutablePointer<Int64>) -> Void = { _ in }
  ) throws(Fault) -> Answer {
    guard isRunning else { throw Fault(.badFile, "\(path): is no longer read") }
    for text in [place, name] where text.utf8.count > 4000 || text.utf8.contains(0) {
      throw Fault(
        .params, "expected a path in the file", expected: "at most 4000 bytes, none of them NUL",
        got: JSON.string(text).excerpt)
    }
    let texts = Array(place.utf8) + [0] + Array(name.utf8) + [0]
    for (index, byte) in texts.enumerated() { reader.room[index] = byte }
    reader.words[0] = Int64(question)
    prepare(reader.words)
    var mark: UInt8 = 1
    while write(reader.questions, &mark, 1) < 0, errno == EINTR {}
    try wait()
    let answer = Answer(words: (0..<ELBO_HDF5_WORDS).map { Int(reader.words[$0]) })
    guard answer[0] == ELBO_HDF5_DONE else {
      throw Fault(
        .badFile, "\(path): \(JSON.string(place).excerpt) cannot be read: \(message)",
        hint: "copy the file again, or look at it with h5dump")
    }
    return answer
  }

  /// Waits for an answer, and ends the process if there is none.
  private func wait() throws(Fault) {
    do throws(Fault) {
      let begin = elbo_hdf5_time(&reader)
      try checkpoint()
      while true {
        var waiting = pollfd(fd: reader.answers, events: Int16(POLLIN), revents: 0)
        if poll(&waiting, 1, 20) > 0 {
          var mark: UInt8 = 0
          let got = Glibc.read(reader.answers, &mark, 1)
          if got == 1 { return }
          if got == 0 || errno != EINTR { break }
        }
        try checkpoint()
        guard elbo_hdf5_time(&reader) - begin < Self.mostNanoseconds else {
          throw Fault(
            .badFile, "\(path): libhdf5 has worked for ten seconds on one part of it",
            hint: "the file is damaged, or its chunks are too large: h5repack writes it anew")
        }
      }
    } catch {
      stop()
      throw error
    }
    let signal = stop() & 0x7F
    guard signal != 0 else { throw Fault(.io, "\(path): the process that reads it did not start") }
    throw Fault(
      .badFile, "\(path): is damaged: libhdf5 broke off while it read it (signal \(signal))",
      hint: "copy it again, or look at it with h5dump")
  }

  @discardableResult private func stop() -> Int32 {
    guard isRunning else { return 0 }
    isRunning = false
    return elbo_hdf5_stop(&reader)
  }

  /// What libhdf5 says.
  private var message: String {
    let bytes = (0..<512).map { reader.room[$0] }.prefix { $0 != 0 }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.isEmpty ? "libhdf5 gives no reason" : text
  }

  /// Returns the texts in the room.
  private func texts(_ count: Int) -> [String] {
    var (texts, place): ([String], Int) = ([], 0)
    let room = UnsafeRawBufferPointer(start: reader.room, count: Int(ELBO_HDF5_ROOM))
    while texts.count < count {
      guard place + 4 <= room.count else { break }
      let length = Int(room.loadUnaligned(fromByteOffset: place, as: UInt32.self))
      guard length <= room.count - place - 4 else { break }
      texts.append(String(decoding: room[place + 4..<place + 4 + length], as: UTF8.self))
      place += 4 + length
    }
    return texts
  }

  /// Throws unless the file begins as an HDF5 file does, at its start or after a block of the
  /// user's.
  private func checkSignature() throws(Fault) {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    var place = 0
    while place < file.size {
      if try file.bytes(at: place, count: 8) == signature { return }
      place = max(512, 2 * place)
    }
    throw File.bad(
      path, at: 0, "an HDF5 file begins with \\x89HDF",
      hint: ForeignFormat.advice(for: try file.bytes(at: 0, count: 16)))
  }
}
