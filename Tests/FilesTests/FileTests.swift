import Declarations
import Files
import Glibc
import JSON
import Tensors
import TestSupport
import Testing

@Suite struct Files {
  let folder = Folder()

  @Test func writesAndReadsTheSame() throws {
    let bytes = (0..<100_000).map { UInt8($0 % 251) }
    var file = try AtomicFile(.other, at: folder("a"), replace: true)
    try file.append(Array(bytes[..<3]))
    try file.append(Array(bytes[3...]))
    let receipt = try file.keep()
    #expect(try File.read(folder("a")) == bytes)
    #expect(receipt.bytes == bytes.count)
    #expect(receipt.sha256 == SHA256.hex(bytes))
    #expect(folder.names == ["a"])
  }

  @Test func aDraftThatIsNotKeptLeavesTheOldFile() throws {
    try folder.write("a", [1, 2, 3])
    do {
      var file = try AtomicFile(.other, at: folder("a"), replace: true)
      try file.append([9] as [UInt8])
      #expect(folder.names.count == 2)
    }
    #expect(try File.read(folder("a")) == [1, 2, 3])
    #expect(folder.names == ["a"])
  }

  @Test func replacingKeepsTheMode() throws {
    let path = try folder.write("a", [1])
    chmod(path, 0o640)
    try folder.write("a", [2])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try File.read(path) == [2])
  }

  /// Returns an unlocked file with the name of a temporary of `target`.
  private func left(by target: String, _ number: String = "0123456789abcdef") throws -> String {
    let file = try AtomicFile(.other, at: folder(target))
    let name = try #require(folder.names.first { $0.hasPrefix(".elbo-") })
    withExtendedLifetime(file) {}
    return name.dropLast(16) + number
  }

  /// Makes a file without atomicity.
  private func make(_ name: String) {
    close(open(folder(name), O_WRONLY | O_CREAT, 0o600))
  }

  @Test func whatAKilledSaveLeftIsRemovedByTheNextOfTheSameFile() throws {
    let (own, other) = (try left(by: "a"), try left(by: "b"))
    #expect(own != other)
    make(own)
    make(other)
    try folder.write("a", [1])
    #expect(folder.names == [other, "a"].sorted())
    try folder.write("b", [1])
    #expect(folder.names == ["a", "b"])
  }

  /// A locked file is in use: another process may be writing the same target.
  @Test func whatIsStillWrittenStays() throws {
    var file = try AtomicFile(.other, at: folder("a"), replace: true)
    try file.append([1] as [UInt8])
    try folder.write("a", [2])
    #expect(folder.names.count == 2)
    _ = try file.keep()
    #expect(try File.read(folder("a")) == [1])
    #expect(folder.names == ["a"])
  }

  @Test func nothingElseIsRemoved() throws {
    // Every writer of "a" removes leftover files, so the name is determined once, beforehand.
    let name = try left(by: "a")
    let prefix = String(name.dropLast(16))
    let names = [
      prefix + "0123456789abcdeg", prefix + "0123456789abcdef0", ".elbo-1-0", ".elbo", "a.elbo",
      name.replacing("-", with: "_"),
    ]
    for name in names { make(name) }
    // A link, a folder and a pipe with such a name are not ours, nor is a file with two names.
    let others = ["a", "b", "c", "d"].map { prefix + "000000000000000" + $0 }
    symlink(folder(".elbo"), folder(others[0]))
    mkdir(folder(others[1]), 0o700)
    mkfifo(folder(others[2]), 0o600)
    make("twice")
    link(folder("twice"), folder(others[3]))
    try folder.write("a", [1])
    #expect(folder.names == (names + others + ["a", "twice"]).sorted())
  }

  /// Earlier versions used the process's number in the name, and only a thousand names.
  @Test func noNumberOfLeftOnesIsInTheWay() throws {
    for number in 0..<1000 { make(".elbo-\(getpid())-\(number)") }
    try folder.write("a", [1])
    #expect(folder.names.count == 1001)
  }

  @Test func aDraftThatCannotBeKeptLeavesNothingBehind() throws {
    var file = try AtomicFile(.other, at: folder("a"), replace: true)
    try file.append([1] as [UInt8])
    mkdir(folder("a"), 0o700)
    var failure: Fault?
    do throws(Fault) { _ = try file.keep() } catch { failure = error }
    #expect(failure?.message == "\(folder("a")): is a folder")
    #expect(folder.names == ["a"])
  }

  @Test(arguments: [
    (EACCES, Fault.Kind.denied), (EPERM, .denied), (EROFS, .denied), (ENOSPC, .noSpace),
    (EDQUOT, .noSpace), (EFBIG, .noSpace), (ENOMEM, .memory), (EIO, .io), (ENOTDIR, .io),
  ])
  func systemErrorsHaveTheirKinds(code: Int32, kind: Fault.Kind) {
    #expect(File.fault(code, "x").kind == kind)
  }

  @Test(arguments: [
    ("/nowhere/at/all", Fault.Kind.io, "/nowhere/at/all: No such file or directory"),
    ("/tmp", .io, "/tmp: is a folder"),
    ("/dev/null", .io, "/dev/null: is a device"),
    ("/tmp/a\0b", .io, "a path cannot contain a NUL"),
    ("", .io, "expected a path, got \"\""),
    ("/tmp/" + String(repeating: "x", count: 300), .io, "File name too long"),
  ])
  func namesWhatCannotBeReadOrWritten(path: String, kind: Fault.Kind, message: String) {
    let reading = fault { _ = try File.read(path) }
    #expect(reading?.kind == kind)
    #expect(reading?.message.contains(message) == true)
    #expect(fault { _ = try AtomicFile(.other, at: path) }?.kind == kind)
  }

  @Test func aPipeWithoutAWriterDoesNotHang() {
    mkfifo(folder("pipe"), 0o600)
    #expect(fault { _ = try File.read(folder("pipe")) }?.kind == .io)
  }

  @Test func aHugeFileIsRefusedBeforeItIsRead() {
    let file = open(folder("huge"), O_WRONLY | O_CREAT, 0o600)
    // A sparse file, which claims 4 TiB and takes no space.
    #expect(ftruncate(file, 1 << 42) == 0)
    close(file)
    #expect(fault { _ = try File.read(folder("huge")) }?.kind == .memory)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func aFileOfAnotherIsDenied() throws {
    let path = try folder.write("secret", [1])
    chmod(path, 0)
    #expect(fault { _ = try File.read(path) }?.kind == .denied)
  }
}

@Suite struct Digests {
  /// Vectors of FIPS 180-4 and NIST's test files.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func matchesThePublishedVectors(text: String, sum: String) {
    let bytes = Array(text.utf8)
    #expect(SHA256.hex(bytes) == sum)
    var digest = SHA256()
    for begin in stride(from: 0, to: bytes.count, by: 997) {
      digest.update(Array(bytes[begin..<min(bytes.count, begin + 997)]))
    }
    #expect(digest.count == bytes.count)
    #expect(digest.finish() == sum)
    #expect(digest.finish() == SHA256.hex([UInt8]()))
  }
}
