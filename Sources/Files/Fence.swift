import CGlibc
import Glibc
import JSON
import Synchronization

/// The folders beneath which files are opened, and whether files are written there.
///
/// Each folder is opened once, when the fence is made. The kernel resolves every later path beneath
/// one of these descriptors (openat2 with `RESOLVE_BENEATH` and `RESOLVE_NO_MAGICLINKS`), so that
/// no `..`, no absolute path and no link leads out of it, even if a link takes the place of a file
/// during the call. The text of a path only chooses the folder.
///
/// A process has one fence, closed before its first request and never changed: every session in it
/// has the same rights, since a thread of one could read the descriptors of another. So what opens
/// files takes `Fence.current`, and its callers need not pass a fence on; tests pass one of their
/// own.
package struct Fence: Sendable {
  package enum Access: Sendable { case reading, writing }

  /// Nil if files are opened anywhere.
  private let folders: [FencedFolder]?
  package let isReadOnly: Bool
  private let workingFolder: String
  /// The folder for the clients' files, if there is one.
  package let scratch: Scratch?

  /// No fence at all.
  package static let none = Fence()

  private init() {
    (folders, isReadOnly, workingFolder, scratch) = (nil, false, "", nil)
  }

  /// Opens the folders: files are read and written beneath `roots`, and read beneath `readable`;
  /// anywhere if both are empty. `isReadOnly` forbids writing. Relative paths begin in
  /// `workingFolder`, by default that of the process now.
  ///
  /// Throws `io` and `denied`, and `params` if the kernel cannot do this, or if a folder that is to
  /// be read lies in one that is written; the path of the fault is `root` or `read`.
  package init(
    roots: [String], readable: [String] = [], isReadOnly: Bool = false,
    workingFolder: String? = nil
  ) throws(Fault) {
    let written = try roots.map { (path) throws(Fault) in
      try within("root") { () throws(Fault) in try FencedFolder(path, isWritable: !isReadOnly) }
    }
    let read = try readable.map { (path) throws(Fault) in
      try within("read") { () throws(Fault) in try FencedFolder(path, isWritable: false) }
    }
    for inner in read {
      guard !isReadOnly, let outer = written.first(where: { $0.contains(inner) }) else { continue }
      throw Fault(
        .params, "\(inner.path) lies in \(outer.path), where files are written", path: "read",
        hint: "keep folders that are only read outside of those that are written")
    }
    // The innermost first.
    let all = (written + read).sorted { $0.depth > $1.depth }
    let scratch = try written.first.flatMap { (root) throws(Fault) in
      try within("root") { () throws(Fault) in root.isWritable ? try Scratch(in: root) : nil }
    }
    folders = all.isEmpty ? nil : all
    self.isReadOnly = isReadOnly
    self.scratch = scratch
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    self.workingFolder =
      workingFolder ?? getcwd(&buffer, buffer.count).map { String(cString: $0) } ?? "/"
  }

  private static let ofProcess = Mutex<Fence?>(nil)

  /// The fence of this process.
  package static var current: Fence { ofProcess.withLock { $0 ?? .none } }

  /// Gives the process its fence; it can have only one.
  package static func close(_ fence: Fence) {
    ofProcess.withLock { current in
      precondition(current == nil, "the fence is closed already")
      current = fence
    }
  }

  /// Whether anything is forbidden.
  package var isClosed: Bool { folders != nil || isReadOnly }
  /// Whether no file is written, because the fence says so or has no folder for it.
  package var forbidsWriting: Bool { isReadOnly || roots?.isEmpty ?? false }
  /// The folders beneath which files are written; nil without a fence.
  package var roots: [String]? { folders.map { $0.filter(\.isWritable).map(\.path) } }
  /// The folders beneath which files are only read; nil without a fence.
  package var readable: [String]? { folders.map { $0.filter { !$0.isWritable }.map(\.path) } }

  /// Opens a file; `subject` is the path in faults. Throws `io` and `denied`.
  func open(
    _ path: String, _ flags: Int32, for access: Access, subject: String? = nil
  ) throws(Fault) -> Descriptor {
    let subject = subject ?? path
    if access == .writing, isReadOnly { throw refusal(subject, access) }
    let flags = flags | O_CLOEXEC
    guard let folders else {
      let number = Glibc.open(path, flags)
      guard number >= 0 else { throw File.fault(errno, subject) }
      return Descriptor(number)
    }
    let names = FencedFolder.names(in: path.hasPrefix("/") ? path : "\(workingFolder)/\(path)")
    for folder in folders where access == .reading || folder.isWritable {
      guard let rest = folder.rest(of: names) else { continue }
      let number = folder.open(path.hasSuffix("/") ? rest + "/" : rest, flags)
      if number >= 0 { return Descriptor(number) }
      // The path leads out of this folder, but perhaps not out of one around it.
      guard errno == EXDEV else { throw File.fault(errno, subject) }
    }
    throw refusal(subject, access)
  }

  /// Returns the status of what a path names, without opening it. Throws `io` and `denied`.
  func status(of path: String) throws(Fault) -> stat {
    if folders == nil {
      var status = stat()
      guard stat(path, &status) == 0 else { throw File.fault(errno, path) }
      return status
    }
    guard let status = try open(path, elbo_open_path, for: .reading).status else {
      throw File.fault(errno, path)
    }
    return status
  }

  private func refusal(_ path: String, _ access: Access) -> Fault {
    let open = (folders ?? []).filter { access == .reading || $0.isWritable }.map(\.path)
    let verb = access == .reading ? "read" : "written"
    guard !open.isEmpty else {
      return Fault(
        .denied, "\(path): nothing may be written", expected: "no path", got: path,
        hint: "elbo was started so that it only reads: leave the path out")
    }
    let list = open.joined(separator: ", ")
    return Fault(
      .denied, "\(path): lies outside of what may be \(verb): \(list)",
      expected: "a path in \(list)", got: path,
      hint: "use one of these folders, or start elbo with another --root")
  }
}
