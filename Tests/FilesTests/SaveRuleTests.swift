import Files
import Glibc
import JSON
import TestSupport
import Testing

/// What a save replaces, and what it never touches.
@Suite struct SaveRules {
  let folder = Folder()

  private static let heads: [FileKind: [UInt8]] = [
    .safetensors: little(2, 8) + Array("{}".utf8),
    .npy: [0x93] + Array("NUMPY\u{1}\u{0}".utf8),
    .png: [0x89] + Array("PNG\r\n\u{1A}\n....".utf8),
    .svg: Array("<?xml version=\"1.0\"?>".utf8),
    .pdf: Array("%PDF-1.5".utf8),
    .log: Array("{\"log\":{}}".utf8),
    .jpeg: [0xFF, 0xD8, 0xFF, 0xE0],
    .gzip: [0x1F, 0x8B, 8],
    .zip: Array("PK\u{3}\u{4}".utf8),
    .program: [0x7F] + Array("ELF".utf8),
    .script: Array("#!/bin/sh".utf8),
    .text: Array("a,b\n1,2\n".utf8),
    .other: [0, 1, 2],
  ]

  private func save(_ kind: FileKind, _ name: String, replace: Bool = false) throws {
    var file = try AtomicFile(kind, at: folder(name), replace: replace)
    try file.append(Self.heads[kind]!)
    _ = try file.keep()
  }

  @Test func firstBytesTellTheKind() {
    for kind in FileKind.allCases {
      let head = Self.heads[kind] ?? []
      #expect(FileKind(head, size: head.count) == kind)
    }
    #expect(FileKind(Array("<svg xmlns=".utf8), size: 100) == .svg)
    // A length beyond the file, and a length that nothing follows.
    #expect(FileKind(little(1000, 8) + Array("{".utf8), size: 9) == .other)
    #expect(FileKind(little(0, 8), size: 8) == .other)
  }

  @Test func aFileReplacesItsOwnKindOnly() throws {
    for old in FileKind.allCases {
      for new in FileKind.allCases {
        let bytes = try #require(Self.heads[old])
        try folder.write("x", bytes)
        let refusal = fault { try save(new, "x") }
        #expect((refusal == nil) == (old == new), "\(new) over \(old)")
        guard old != new else { continue }
        #expect(refusal?.kind == .io)
        #expect(
          refusal?.message
            == "\(folder("x")): holds \(old.rawValue), where \(new.rawValue) is to be written")
        #expect(refusal?.got == old.rawValue)
        #expect(try File.read(folder("x")) == bytes)
        try save(new, "x", replace: true)
        #expect(try File.read(folder("x")) == Self.heads[new])
      }
    }
    #expect(folder.names == ["x"])
  }

  /// A file of arrays does not get the name of another format; other names are the client's own.
  @Test(arguments: [
    (FileKind.safetensors, "m.onnx", "m.safetensors"), (.safetensors, "m.PT", "m.safetensors"),
    (.safetensors, "m.npy", "m.safetensors"), (.npy, "x.safetensors", "x.npy"),
    (.npy, "x.png", ".csv for a table"),
  ]) func namesOfOtherFormats(_ kind: FileKind, _ name: String, _ way: String) throws {
    let refusal = fault { try save(kind, name, replace: true) }
    #expect(refusal?.kind == .params && refusal?.got == folder(name))
    #expect(refusal?.hint?.contains(way) == true, "\(String(describing: refusal))")
    #expect(folder.names.isEmpty)
  }

  @Test func namesOfOnesOwn() throws {
    for (kind, name) in [
      (FileKind.safetensors, "m"), (.safetensors, "m.SafeTensors"), (.npy, "x.bin"),
      (.text, "report.json"), (.svg, "chart.png"),
    ] { try save(kind, name) }
    #expect(folder.names.count == 5)
  }

  @Test func theWayOutIsNamed() throws {
    try folder.write("x", [1])
    #expect(fault { try save(.png, "x") }?.hint?.contains("\"replace\": true") == true)
    // A recording is named on the command line, where there is no such member.
    #expect(fault { try save(.log, "x") }?.hint?.contains("replace") == false)
  }

  @Test func anEmptyFileAndNoFileAreReplaced() throws {
    for kind in FileKind.allCases {
      try folder.write("x", [])
      try save(kind, "x")
      unlink(folder("x"))
      try save(kind, "x")
    }
  }

  @Test func aLinkIsNeverFollowedAndStays() throws {
    let bytes = try #require(Self.heads[.npy])
    try folder.write("target", bytes)
    symlink(folder("target"), folder("link"))
    symlink(folder("nothing"), folder("loose"))
    symlink("loop", folder("loop"))
    for (name, replace) in [("link", false), ("link", true), ("loose", true), ("loop", true)] {
      let refusal = fault { try save(.npy, name, replace: replace) }
      #expect(refusal?.kind == .io)
      #expect(refusal?.message.hasPrefix("\(folder(name)): is a symbolic link") == true)
      var status = stat()
      #expect(lstat(folder(name), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }
    #expect(try File.read(folder("target")) == bytes)
    #expect(folder.names == ["link", "loop", "loose", "target"])
  }

  /// The folder of a file may be a link: it is the file's name that is not followed.
  @Test func aFolderMayBeALink() throws {
    mkdir(folder("real"), 0o700)
    symlink("real", folder("link"))
    try save(.png, "link/x")
    #expect(try File.read(folder("real/x")) == Self.heads[.png])
  }

  @Test func nothingButARegularFileIsReplaced() throws {
    mkfifo(folder("pipe"), 0o600)
    mkdir(folder("folder"), 0o700)
    let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: folder("socket").utf8) }
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    #expect(isBound)
    for (name, what) in [
      ("pipe", "a named pipe"), ("folder", "a folder"), ("socket", "a socket"),
    ] {
      for replace in [false, true] {
        let refusal = fault { try save(.png, name, replace: replace) }
        #expect(refusal?.kind == .io)
        #expect(refusal?.message == "\(folder(name)): is \(what)")
      }
    }
    for name in ["", "/.", "/.."] {
      #expect(fault { _ = try AtomicFile(.png, at: folder("folder/") + name) }?.kind == .io)
    }
    #expect(folder.names == ["folder", "pipe", "socket"])
  }

  @Test func whatAppearsDuringASaveIsSeen() throws {
    var file = try AtomicFile(.png, at: folder("x"))
    try file.append([1] as [UInt8])
    try folder.write("x", Array("text".utf8))
    var failure: Fault?
    do throws(Fault) { _ = try file.keep() } catch { failure = error }
    #expect(failure?.got == "text")
    #expect(try File.read(folder("x")) == Array("text".utf8))
    #expect(folder.names == ["x"])
  }

  @Test(arguments: [
    ("/dev/zero", "is a device"), ("/dev/null", "is a device"),
    ("/proc/self/environ", "is a file of the kernel"), ("/proc/cpuinfo", "is a file of the kernel"),
    ("/sys/kernel/mm/transparent_hugepage/enabled", "is a file of the kernel"),
    ("/proc/self/root/proc/version", "is a file of the kernel"),
  ])
  func whatIsNoDataIsNotRead(path: String, what: String) {
    let refusal = fault { _ = try File.read(path) }
    #expect(refusal?.kind == .io)
    #expect(
      refusal?.message
        == "\(path): \(what)\(what.hasSuffix("kernel") ? ", which holds no data" : "")")
  }

  @Test func linksToTheKernelAreNotRead() {
    symlink("/proc/self/environ", folder("link"))
    #expect(
      fault { _ = try File.read(folder("link")) }?.message.contains("a file of the kernel") == true)
  }

  @Test func sharedMemoryIsData() throws {
    let path = "/dev/shm/elbo-tests-\(getpid())"
    defer { unlink(path) }
    var file = try AtomicFile(.other, at: path)
    try file.append([1, 2] as [UInt8])
    _ = try file.keep()
    #expect(try File.read(path) == [1, 2])
  }

  /// The lines of a recording are in its file at once, under its name.
  @Test func aLogIsWrittenOn() throws {
    try folder.write("log", Array("{\"log\":{}}\n".utf8))
    let file = try AtomicFile(.log, at: folder("log")).keepOpen()
    defer { close(file) }
    #expect(try File.read(folder("log")) == [])
    #expect(write(file, "line", 4) == 4)
    #expect(try File.read(folder("log")) == Array("line".utf8))
    #expect(folder.names == ["log"])
  }
}
