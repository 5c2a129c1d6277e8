import Glibc
import JSON
import TestSupport
import Testing

@testable import Files

/// What a fence lets through. Everything happens in a folder of the test, in which `root` is the
/// fenced part, `data` may be read, and `outside` holds the decoys.
///
/// Only decoys are written to, by whatever link: the tests may run as root, and a fence that is
/// broken would replace the file.
@Suite struct Fences {
  let folder = Folder()
  let fence: Fence

  init() throws {
    for name in ["root", "root/sub", "data", "data/out", "outside"] { mkdir(folder(name), 0o700) }
    for name in ["root/a", "data/a", "outside/decoy"] { try folder.write(name, Array(name.utf8)) }
    symlink("../a", folder("root/sub/inner"))
    symlink("../outside/decoy", folder("root/link"))
    symlink(folder("outside/decoy"), folder("root/absolute"))
    symlink(folder("root/a"), folder("root/absolute-inner"))
    symlink("../outside", folder("root/folder"))
    symlink("/proc/self/root\(folder("outside"))", folder("root/magic"))
    mkfifo(folder("root/pipe"), 0o600)
    fence = try Fence(
      roots: [folder("root")], readable: [folder("data")], workingFolder: folder("root"))
  }

  private func text(_ path: String, _ fence: Fence? = nil) throws(Fault) -> String {
    let file = try OpenFile(path, in: fence ?? self.fence)
    return String(decoding: try file.bytes(at: 0, count: file.size), as: UTF8.self)
  }

  private func save(_ path: String, _ fence: Fence? = nil) throws(Fault) {
    var file = try AtomicFile(.text, at: path, replace: true, in: fence ?? self.fence)
    try file.append(Array("new".utf8))
    _ = try file.keep()
  }

  @Test(arguments: [
    "a", "./a", ".//a", "sub/../a", "sub/inner", "../root/a", "/root/a", "/root/sub/../a",
    "/root/./sub/../../root/a",
  ])
  func whatLiesInsideIsRead(path: String) throws {
    // A path may lead out of the folder only by a name that the fence can see: none of these.
    let isOut = path.contains("..") && !path.contains("sub/../a")
    let place = path.hasPrefix("/") ? folder.path + path : path
    if isOut {
      #expect(fault { _ = try text(place) }?.kind == .denied)
    } else {
      #expect(try text(place) == "root/a")
    }
  }

  static let outside = [
    "../outside/decoy", "sub/../../outside/decoy", "link", "absolute", "absolute-inner",
    "folder/decoy", "folder/../outside/decoy", "/outside/decoy", "/root/../outside/decoy",
    "/rootless", "/", "magic/decoy",
  ]

  @Test(arguments: outside)
  func whatLiesOutsideIsDenied(path: String) throws {
    let place = path.hasPrefix("/") ? folder.path + path : path
    let reading = try #require(fault { _ = try text(place) })
    #expect(reading.kind == .denied)
    #expect(reading.message.hasPrefix("\(place): lies outside of what may be read: "))
    #expect(reading.expected == "a path in \(folder("root")), \(folder("data"))")
    #expect(reading.got == place)
    // The last component of what is written is not followed, so a link there is refused as one.
    let writing = try #require(fault { try save(place) })
    let isLink = writing.kind == .io && writing.message.contains("is a symbolic link")
    #expect(writing.kind == .denied || isLink || path == "/", "\(writing)")
    #expect(try text("/outside/decoy", from: folder) == "outside/decoy")
    #expect(Folder.names(in: folder("outside")) == ["decoy"])
  }

  private func text(_ path: String, from folder: Folder) throws -> String {
    String(decoding: try File.read(folder.path + path), as: UTF8.self)
  }

  /// Read only, since these are no decoys.
  @Test(arguments: [
    "/etc/hostname", "/dev/null", "/dev/zero", "/proc/version", "/proc/self/environ",
    "/sys/kernel/osrelease", "/tmp",
  ])
  func theRestOfTheSystemIsNotRead(path: String) {
    #expect(fault { _ = try text(path) }?.kind == .denied)
    #expect(fault { _ = try FolderListing(path, in: fence) }?.kind == .denied)
  }

  @Test func anEmptyPathIsNone() {
    #expect(fault { _ = try text("") }?.kind == .io)
    #expect(fault { try save("") }?.kind == .io)
    #expect(fault { _ = try FolderListing("", in: fence) }?.kind == .io)
    #expect(fault { try File.makeFolder("", in: fence) }?.kind == .io)
  }

  @Test func foldersOutsideAreNeitherListedNorMade() {
    for path in ["outside", "outside/new", "data/new"] {
      #expect(fault { try File.makeFolder(folder(path), in: fence) }?.kind == .denied)
    }
    #expect(fault { _ = try FolderListing(folder("outside"), in: fence) }?.kind == .denied)
    #expect(Folder.names(in: folder("outside")) == ["decoy"])
    #expect(Folder.names(in: folder("data")) == ["a", "out"])
  }

  @Test func savesHappenInside() throws {
    for path in ["b", "sub/b", folder("root/c"), "sub/../d", "a"] {
      try save(path)
      #expect(try text(path) == "new")
    }
    #expect(try text("/root/b", from: folder) == "new")
    #expect(Folder.names(in: folder("root/sub")) == ["b", "inner"])
    #expect(fault { try save("pipe") }?.message == "pipe: is a named pipe")
    #expect(fault { _ = try text("pipe") }?.message == "pipe: is a named pipe")
    #expect(fault { _ = try text("sub") }?.message == "sub: is a folder")
    #expect(fault { _ = try text("missing") }?.kind == .io)
  }

  @Test func whatIsReadableIsNotWritten() throws {
    #expect(try text(folder("data/a")) == "data/a")
    let refusal = try #require(fault { try save(folder("data/a")) })
    #expect(refusal.kind == .denied)
    #expect(
      refusal.message
        == "\(folder("data/a")): lies outside of what may be written: \(folder("root"))")
    #expect(fault { try save(folder("data/new")) }?.kind == .denied)
    #expect(fault { try File.makeFolder(folder("data/new"), in: fence) }?.kind == .denied)
    #expect(Folder.names(in: folder("data")) == ["a", "out"])
  }

  /// A folder that is written may lie in one that is read, but not the other way round.
  @Test func theInnerFolderDecides() throws {
    let inner = try Fence(roots: [folder("data/out")], readable: [folder("data")])
    try save(folder("data/out/x"), inner)
    #expect(try text(folder("data/out/x"), inner) == "new")
    symlink("../a", folder("data/out/up"))
    #expect(try text(folder("data/out/up"), inner) == "data/a")
    symlink("out", folder("data/side"))
    #expect(fault { try save(folder("data/side/y"), inner) }?.kind == .denied)
    let wrong = fault { _ = try Fence(roots: [folder("data")], readable: [folder("data/out")]) }
    #expect(wrong?.kind == .params)
    #expect(
      wrong?.message == "\(folder("data/out")) lies in \(folder("data")), where files are written")
    #expect(Folder.names(in: folder("data")).filter { $0.hasPrefix(".elbo") } == [])
  }

  @Test func readOnlyWritesNothing() throws {
    let anywhere = try Fence(roots: [], isReadOnly: true)
    #expect(try text(folder("outside/decoy"), anywhere) == "outside/decoy")
    let fenced = try Fence(roots: [folder("root")], isReadOnly: true)
    #expect(try text(folder("root/a"), fenced) == "root/a")
    for fence in [anywhere, fenced] {
      let refusal = fault { try save(folder("root/new"), fence) }
      #expect(refusal?.kind == .denied)
      #expect(refusal?.message == "\(folder("root/new")): nothing may be written")
      #expect(fault { try File.makeFolder(folder("root/new"), in: fence) }?.kind == .denied)
      #expect(fence.scratch == nil)
    }
    #expect(fault { _ = try text(folder("outside/decoy"), fenced) }?.kind == .denied)
    #expect(!folder.names.contains("new"))
  }

  @Test func foldersAreListedAndMadeInside() throws {
    #expect(
      fault { _ = try FolderListing("folder", in: fence) }?.kind == .denied)
    // A link that leads out is refused, and not counted as what it points to.
    #expect(fault { _ = try FolderListing(folder("root"), in: fence) }?.kind == .denied)
    #expect(try FolderListing("sub", in: fence).files == ["inner"])
    for path in ["made", "sub/made/", ".", folder("root"), "sub/.."] {
      try File.makeFolder(path, in: fence)
      try File.makeFolder(path, in: fence)
    }
    #expect(Folder.names(in: folder("root/sub")) == ["inner", "made"])
    #expect(fault { try File.makeFolder("folder/made", in: fence) }?.kind == .denied)
    #expect(Folder.names(in: folder("outside")) == ["decoy"])
  }

  @Test func aRootMayBeNamedByALink() throws {
    symlink("root", folder("alias"))
    let fence = try Fence(roots: [folder("alias")])
    #expect(fence.roots == [folder("root")])
    #expect(try text(folder("alias/a"), fence) == "root/a")
    #expect(try text(folder("root/a"), fence) == "root/a")
  }

  @Test func aRootHasToBeAFolder() {
    #expect(fault { _ = try Fence(roots: [folder("missing")]) }?.kind == .io)
    #expect(fault { _ = try Fence(roots: [folder("root/a")]) }?.kind == .io)
    #expect(fault { _ = try Fence(roots: [""]) }?.kind == .io)
  }

  @Test func theScratchFolderIsPrivateAndGoes() throws {
    let scratch = try #require(fence.scratch)
    var status = stat()
    #expect(stat(scratch.path, &status) == 0 && status.st_mode & 0o7777 == 0o700)
    #expect(scratch.path.hasPrefix(folder("root/.elbo-scratch-\(getpid())-")))
    try save("\(scratch.path)/x")
    #expect(try text("\(scratch.path)/x") == "new")
    // Another start leaves it, because its process lives.
    let other = try Fence(roots: [folder("root")])
    #expect(try text("\(scratch.path)/x") == "new")
    // Its removal follows no link.
    mkdir("\(scratch.path)/deep", 0o700)
    symlink(folder("outside"), "\(scratch.path)/deep/link")
    scratch.remove()
    other.scratch?.remove()
    #expect(Folder.names(in: folder("root")).filter { $0.hasPrefix(".elbo") } == [])
    #expect(Folder.names(in: folder("outside")) == ["decoy"])
  }

  @Test func theNextStartRemovesWhatIsLeft() throws {
    let (number, other) = ("0123456789abcdef", ".elbo-scratch-1-0123456789abcdeg")
    mkdir(folder("data/out/.elbo-scratch-7-\(number)"), 0o700)
    mkdir(folder("data/out/\(other)"), 0o700)
    try folder.write("data/out/.elbo-scratch-7-\(number)/x", [1])
    symlink(folder("outside"), folder("data/out/.elbo-scratch-8-\(number)"))
    try Fence(roots: [folder("data/out")]).scratch?.remove()
    #expect(
      Folder.names(in: folder("data/out")) == [other, ".elbo-scratch-8-\(number)"].sorted())
    #expect(Folder.names(in: folder("outside")) == ["decoy"])
  }
}
