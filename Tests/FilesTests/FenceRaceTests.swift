import Glibc
import JSON
import Synchronization
import TestSupport
import Testing

@testable import Files

/// Files and folders that a thread exchanges for links to decoys while others are opened and saved.
@Suite(.serialized) struct FenceRaces {
  private static let count = getenv("ELBO_LONG") == nil ? 4000 : 100_000

  /// In memory, if there is such a folder: each save synchronises its file.
  let folder = Folder(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")

  init() throws {
    for name in ["root", "root/spare", "outside"] { mkdir(folder(name), 0o700) }
    for name in ["root/file", "root/spare/x"] { try folder.write(name, Array("inside".utf8)) }
    for name in ["outside/decoy", "outside/x"] { try folder.write(name, Array("decoy".utf8)) }
  }

  /// Calls `body` again and again while another thread exchanges files, until everything that the
  /// race allows `hasHappened`; the other thread may wait long for a processor.
  private func race(
    _ swap: @escaping @Sendable () -> Void, _ body: () -> Void, until hasHappened: () -> Bool
  ) {
    let swapper = Swapper(swap)
    defer { swapper.stop() }
    let start = ContinuousClock.now
    var count = 0
    while count < Self.count || !hasHappened() && ContinuousClock.now - start < .seconds(60) {
      body()
      count += 1
    }
    #expect(hasHappened(), "nothing was exchanged in time")
  }

  /// What came of the attempts.
  private struct Tally {
    var done = 0
    var refused = 0

    var isMixed: Bool { done > 0 && refused > 0 }
  }

  private func text(_ path: String, _ fence: Fence) throws(Fault) -> String {
    let file = try OpenFile(path, in: fence)
    return String(decoding: try file.bytes(at: 0, count: file.size), as: UTF8.self)
  }

  private func save(_ path: String, _ fence: Fence) throws(Fault) {
    var file = try AtomicFile(.text, at: path, replace: true, in: fence)
    try file.append(Array("inside".utf8))
    _ = try file.keep()
  }

  private func checkDecoys() throws {
    #expect(Folder.names(in: folder("outside")) == ["decoy", "x"])
    for name in ["outside/decoy", "outside/x"] {
      #expect(try File.read(folder(name)) == Array("decoy".utf8))
    }
  }

  /// Exchanges the file for a link to a decoy, and back.
  private var fileSwap: @Sendable () -> Void {
    let folder = folder
    return {
      symlink("../outside/decoy", folder("root/new-link"))
      rename(folder("root/new-link"), folder("root/file"))
      let file = open(folder("root/new-file"), O_WRONLY | O_CREAT, 0o600)
      write(file, "inside", 6)
      close(file)
      rename(folder("root/new-file"), folder("root/file"))
    }
  }

  /// Exchanges the folder for a link to the one of the decoys, and back.
  private var folderSwap: @Sendable () -> Void {
    let folder = folder
    return {
      rename(folder("root/spare"), folder("root/place"))
      sched_yield()
      rename(folder("root/place"), folder("root/spare"))
      symlink("../outside", folder("root/place"))
      sched_yield()
      unlink(folder("root/place"))
    }
  }

  @Test func noLinkToAFileIsFollowed() throws {
    let fence = try Fence(roots: [folder("root")])
    defer { fence.scratch?.remove() }
    var (read, saved) = (Tally(), Tally())
    let path = folder("root/file")
    race(fileSwap) {
      do throws(Fault) {
        #expect(try text(path, fence) == "inside")
        read.done += 1
      } catch {
        #expect(error.kind == .denied, "\(error)")
        read.refused += 1
      }
      do throws(Fault) {
        try save(path, fence)
        saved.done += 1
      } catch {
        #expect(error.message.contains("is a symbolic link"), "\(error)")
        saved.refused += 1
      }
    } until: {
      read.isMixed && saved.isMixed
    }
    try checkDecoys()
  }

  /// Without a fence, links in the last component are not followed by saves either.
  @Test func noSaveFollowsALinkWithoutAFence() throws {
    var saved = Tally()
    let path = folder("root/file")
    race(fileSwap) {
      do throws(Fault) {
        try save(path, .none)
        saved.done += 1
      } catch {
        #expect(error.message.contains("is a symbolic link"), "\(error)")
        saved.refused += 1
      }
    } until: {
      saved.isMixed
    }
    try checkDecoys()
  }

  @Test func noLinkToAFolderIsFollowed() throws {
    let fence = try Fence(roots: [folder("root")])
    defer { fence.scratch?.remove() }
    var (read, saved) = (Tally(), Tally())
    let path = folder("root/place/x")
    race(folderSwap) {
      do throws(Fault) {
        #expect(try text(path, fence) == "inside")
        read.done += 1
      } catch {
        // For a moment there is neither a folder nor a link.
        #expect(error.kind == .denied || error.kind == .io, "\(error)")
        if error.kind == .denied { read.refused += 1 }
      }
      do throws(Fault) {
        try save(path, fence)
        saved.done += 1
      } catch {
        #expect(error.kind == .denied || error.kind == .io, "\(error)")
        if error.kind == .denied { saved.refused += 1 }
      }
    } until: {
      read.isMixed && saved.isMixed
    }
    try checkDecoys()
  }
}

/// A thread that repeats something until it is stopped.
private final class Swapper: Sendable {
  private let body: @Sendable () -> Void
  private let isDone = Atomic(false)
  private let thread = Mutex(pthread_t())

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    thread.withLock { thread in
      _ = pthread_create(
        &thread, nil,
        { raw in
          let swapper = Unmanaged<Swapper>.fromOpaque(raw!).takeRetainedValue()
          while !swapper.isDone.load(ordering: .acquiring) { swapper.body() }
          return nil
        }, Unmanaged.passRetained(self).toOpaque())
    }
  }

  func stop() {
    isDone.store(true, ordering: .releasing)
    _ = thread.withLock { pthread_join($0, nil) }
  }
}
